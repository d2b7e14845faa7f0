/** Headroom by hour of the week, as a map of squares; and the day on which growth will have eaten it. */
import { formatShare } from '../../../base/units.ts';
import { DASH, decimal } from '../../../report/format.ts';
import { details, footnote, nothing, table } from '../../../report/html/parts.ts';
import { type Html, html } from '../../../report/html/template.ts';
import { COUNT_CASES, type CountRow } from '../../plan/counts.ts';
import type { HeatMap } from '../../plan/headroom.ts';
import type { GroupPlan } from '../../study/record.ts';
import { growthWords, todayOf, untilWords } from '../../study/until.ts';
import { carriedWords } from '../count-words.ts';
import { WEEKDAYS } from '../csv.ts';
import type { StudySectionBuilder } from '../section.ts';

export const heatMap: StudySectionBuilder = (record) => {
  const { plans, timeZone } = record;
  const today = todayOf(record);
  const mapped = plans.filter((p) => p.heatMap !== null && p.size.planned !== null);
  if (mapped.length === 0) return null;
  return {
    id: 'headroom',
    title: 'Headroom',
    body: html`${headroomTable(mapped, today)}
${countTable(mapped, today)}
${mapped.map((p) => p.heatMap && mapFigure(p.heatMap, p.size.planned ?? 0, timeZone ?? 'UTC'))}
${footnote('A square is the busiest stretch (as long as the peak’s) whose middle lies in that hour, as a share of what the planned clusters sustain when all are there. Hours that the dump does not hold stay empty: nothing is said of them. Numbers are per cent; the framed square is the busiest.')}`,
  };
};

function headroomTable(plans: readonly GroupPlan[], today: string): Html {
  return table<GroupPlan>({
    caption: 'Room for growth with the planned clusters',
    rows: plans,
    columns: [
      { head: 'Group', cell: (p) => p.size.group },
      { head: 'Planned', numeric: true, cell: (p) => p.size.planned },
      {
        head: 'Carries, all there',
        numeric: true,
        cell: (p) => `${decimal(p.size.headroom?.calm ?? 0)} × peak`,
      },
      {
        head: 'Carries, one lost',
        numeric: true,
        cell: (p) => `${decimal(p.size.headroom?.kill ?? 0)} × peak`,
      },
      {
        head: 'Growth a month',
        numeric: true,
        cell: (p) => (p.exhaustion === null ? DASH : growthWords(p.exhaustion)),
      },
      {
        head: 'Used up on',
        cell: (p) => untilWords(p.exhaustion, today),
      },
    ],
  });
}

type CountedRow = CountRow & { readonly group: string; readonly planned: boolean };

function countTable(plans: readonly GroupPlan[], today: string): Html | null {
  const rows = plans.flatMap(({ counts = [], size }): CountedRow[] =>
    counts.map((c) => ({ ...c, group: size.group, planned: c.clusters === size.planned })),
  );
  if (rows.length === 0) return null;
  return html`${table<CountedRow>({
    caption: 'Until when so many active clusters carry the peak',
    rows,
    columns: [
      { head: 'Group', cell: (r) => r.group },
      { head: 'Clusters', numeric: true, cell: (r) => (r.planned ? `${r.clusters} (plan)` : r.clusters) },
      ...COUNT_CASES.map((name) => ({
        head: COUNT_HEADS[name],
        wraps: 'short' as const,
        cell: (r: CountedRow) => carriedWords(r.cases[name], today),
      })),
    ],
  })}${footnote('Times the present peak, by simulation of the peak with so many clusters; dates by growth, with the 95 % interval of the growth where it was read from the dump.')}`;
}

const COUNT_HEADS = { calm: 'Nothing happens', roll: 'One rolled', kill: 'One lost' } as const;

const CELL = 24;
const LEFT = 44;
const TOP = 18;
/** Room for the scale under the map. */
const SCALE = 30;
const STEPS = [0, 0.25, 0.5, 0.75, 0.9, 1.1] as const;

function mapFigure(map: HeatMap, planned: number, timeZone: string): Html {
  const width = LEFT + 24 * CELL + 2;
  const height = TOP + 7 * CELL + SCALE + 2;
  const most = Math.max(...map.used.map((u) => u ?? 0));
  const spoken = `${map.group}: ${map.hoursKnown} of 168 hours known, highest use ${formatShare(most)}`;
  return html`<figure class="chart"><figcaption>${map.group}: use of ${planned} clusters by hour of the week (${timeZone})</figcaption>
${map.hoursKnown < 168 && html`<p class="footnote">The dump holds ${map.hoursKnown} of the week’s 168 hours.</p>`}
<div class="scroll" role="region" aria-label="${spoken}" tabindex="0"><svg role="img" aria-label="${spoken}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="10">
${Array.from({ length: 24 }, (_, h) => (h % 3 === 0 ? html`<text x="${LEFT + h * CELL + CELL / 2}" y="12" text-anchor="middle" fill="currentColor">${h}</text>` : null))}
${WEEKDAYS.map((day, d) => html`<text x="0" y="${TOP + d * CELL + 16}" fill="currentColor">${day.slice(0, 3)}</text>`)}
${map.used.map((used, h) => square(used, h, used === most))}
${scale()}
</svg></div>
${map.hoursKnown === 0 ? nothing('No hour is known.') : details('The same as a table', hourTable(map))}</figure>`;
}

/** Opacity tells the use; past all that is sustained the square is red. */
function square(used: number | null, h: number, isMost: boolean): Html {
  const x = LEFT + (h % 24) * CELL;
  const y = TOP + Math.floor(h / 24) * CELL;
  const size = CELL - 2;
  const at = html`x="${x}" y="${y}" width="${size}" height="${size}" rx="3"`;
  if (used === null) return html`<rect ${at} fill="none" stroke="currentColor" stroke-opacity="0.15"/>`;
  const title = html`<title>${WEEKDAYS[Math.floor(h / 24)] ?? ''} ${h % 24}:00, ${formatShare(used)} used</title>`;
  const edge = isMost ? html` stroke="currentColor" stroke-width="2"` : null;
  const strong = used >= 0.7;
  return html`<rect ${at} ${paint(used)}${edge}>${title}</rect><text x="${x + size / 2}" y="${y + 15}" text-anchor="middle" font-size="9" fill="${strong ? '#fff' : 'currentColor'}" pointer-events="none">${Math.round(100 * used)}</text>`;
}

function paint(used: number): Html {
  const fill = used > 1 ? '#d0312b' : used > 0.8 ? '#b85c00' : '#1d5bd0';
  return html`fill="${fill}" fill-opacity="${Math.min(1, 0.08 + 0.92 * used).toFixed(2)}"`;
}

/** What the colours mean, under the map. */
function scale(): Html {
  const y = TOP + 7 * CELL + 10;
  return html`${STEPS.map((used, i) => {
    const x = LEFT + i * 3 * CELL;
    const words = used > 1 ? 'over 100 %' : `${100 * used} %`;
    return html`<rect x="${x}" y="${y}" width="14" height="14" rx="3" ${paint(used)}/><text x="${x + 18}" y="${y + 11}" fill="currentColor">${words}</text>`;
  })}`;
}

function hourTable(map: HeatMap): Html {
  const rows = map.used
    .flatMap((used, h) => (used === null ? [] : [{ used, h }]))
    .sort((a, b) => b.used - a.used);
  return table({
    caption: `Hours of ${map.group}, busiest first`,
    rows,
    columns: [
      { head: 'Hour', cell: (r) => `${WEEKDAYS[Math.floor(r.h / 24)]} ${r.h % 24}:00` },
      { head: 'Used', numeric: true, cell: (r) => formatShare(r.used) },
      { head: 'Free', numeric: true, cell: (r) => formatShare(Math.max(0, 1 - r.used)) },
    ],
  });
}
