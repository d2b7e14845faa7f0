// A short bench: the instrument's own truth. Each line is a paired figure with its interval, from a real run.
//   aa-direct       both arms the same: the interval has to contain zero
//   planted-delay   5 ms planted: the interval has to contain them
//   daily-roll      what the bundled gateway costs per statement, on instant simulated clusters
// Options: --only SCENARIO,…
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/base/project.ts';
import { formatMs } from '../src/base/units.ts';
import type { Figure } from '../src/measure/summary/summary.ts';
import { runScenario } from '../src/run/run.ts';

const INSTANT = [
  'fleet.serviceTime.scale=0.0001',
  'fleet.serviceTime.min=1ms',
  'fleet.serviceTime.max=2ms',
  'timeline=[]',
  'gates=[]',
];
const CASES = [
  { title: 'A/A, both straight', scenario: 'aa-direct', set: [], contains: 0 },
  { title: 'planted 5 ms', scenario: 'planted-delay', set: [], contains: 5 },
  {
    title: 'bundled gateway',
    scenario: 'daily-roll',
    set: [...INSTANT, 'load.speed=1600'],
    contains: undefined,
  },
] as const;
const LEVELS = ['submit', 'poll', 'total'] as const;

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const wanted = only?.split(',');

const reportsDir = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

function cell(figure: Figure | undefined): string {
  if (figure?.value === null || figure?.value === undefined) return 'not estimable';
  const interval =
    figure.low === undefined ? '' : ` [${formatMs(figure.low)}, ${formatMs(figure.high ?? 0)}]`;
  return `${formatMs(figure.value)}${interval}`;
}

let bad = 0;
for (const { title, scenario, set, contains } of CASES) {
  if (wanted !== undefined && !wanted.includes(scenario)) continue;
  const result = await runScenario({
    scenarioFile: join(projectRoot, 'scenarios', `${scenario}.yaml`),
    overrides: set,
    reportsDir,
    command: [],
    watcher: { note() {}, event() {}, sample() {}, replayStarted() {} },
    signal: stop.signal,
  });
  if (result === undefined) break;
  const { figures } = result.summary;
  const cells = LEVELS.map((level) => `${level} ${cell(figures[`overhead.${level}.median`])}`);
  console.log(`${title.padEnd(20)} ${cells.join('  ')}  (n ${figures['overhead.total.median']?.n ?? 0})`);
  if (contains === undefined) continue;
  const { low = Number.NaN, high = Number.NaN } = figures['overhead.submit.median'] ?? {};
  const holds = low <= contains && contains <= high;
  console.log(`${''.padEnd(20)} submit interval ${holds ? 'contains' : 'DOES NOT contain'} ${contains} ms`);
  if (!(low <= contains + 0.5 && contains - 0.5 <= high)) bad++;
}
rmSync(reportsDir, { recursive: true, force: true });
process.exitCode = stop.signal.aborted ? 130 : bad > 0 ? 4 : 0;
