/** The report of a roll: what was done when, and what was in the way. Markdown, since it is read in a scheduler's log. */
import { existsSync, readFileSync } from 'node:fs';
import { writeWhole } from '../../base/files.ts';
import { formatMs } from '../../base/units.ts';
import type { RunEvent } from '../../measure/record/events.ts';
import type { ProductionRoll } from './config.ts';
import { eventsFileOf, reportFileOf } from './files.ts';
import type { RollState } from './state.ts';

/** Writes it beside the state. `how` says how the roll ended. */
export function writeReport(roll: ProductionRoll, state: RollState, how: string): void {
  writeWhole(
    reportFileOf(roll, state.id),
    renderReport(state, readEvents(eventsFileOf(roll, state.id)), how),
  );
}

function readEvents(file: string): readonly RunEvent[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as RunEvent];
      } catch {
        // The last line of a roll that was killed while it wrote.
        return [];
      }
    });
}

export function renderReport(state: RollState, events: readonly RunEvent[], how: string): string {
  const { key, startedAt, resumed } = state;
  const route = key.from === key.to ? key.from : `${key.from} → ${key.to}`;
  const facts = [
    `- group: ${key.group}, strategy: ${key.strategy}, gateway: ${key.gateway}`,
    `- begun: ${startedAt}${resumed > 0 ? `, taken up again ${resumed === 1 ? 'once' : `${resumed} times`}` : ''}`,
    `- outcome: ${how}`,
  ];
  const rows = events
    .filter((event) => event.type !== 'step-started')
    .map(({ atUs, text, tookMs, type }) => {
      const at = new Date(atUs / 1000).toISOString().slice(11, 19);
      const took = tookMs === undefined ? '' : formatMs(tookMs);
      const what = type === 'warning' || type === 'roll-back' ? `**${cell(text)}**` : cell(text);
      return `| ${at} | ${what} | ${took} |`;
    });
  const table = ['| UTC | what | took |', '|---|---|---|', ...rows];
  return `# Roll ${route}\n\n${facts.join('\n')}\n\n${table.join('\n')}\n`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
