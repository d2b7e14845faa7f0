// Does the instrument tell the truth? Prints how often its intervals contain what is known to be so.
//   neighbours  intervals of percentiles where queries that are near in time are slow together
//   coverage    the table of docs/measurement.md, cell by cell: only where it is named, it takes six minutes
//   simulated   runs with slow minutes, bursts, pauses and heavy tails: A/A and planted overheads, through the gates
//   regression  a p95 that is 10 % slower, at the documented sample size
//   real        A/A runs on simulated clusters on this machine: both arms and the noise arm go straight
//   planted     through a gateway that waits, against one that does not; what it really waited is its own word
//   floor       raw HTTP, direct and through the gateway, by autocannon as a closed loop
// Options: --quick, --only simulated,real,…, --runs N (of `real`).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/base/project.ts';
import { formatCount } from '../src/base/units.ts';
import { evaluateGates } from '../src/gates/evaluate.ts';
import { clopperPearson } from '../src/measure/stats/binomial.ts';
import { summarise } from '../src/measure/summarise.ts';
import type { Figure } from '../src/measure/summary/summary.ts';
import { runScenario } from '../src/run/run.ts';
import { missesOf } from '../test/measure/neighbours.ts';
import { simulatedRun } from '../test/measure/simulated-run.ts';
import { httpFloor } from './bench-measure/floor.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    runs: { type: 'string' },
  },
});
const { quick } = options;
const wanted = options.only?.split(',');
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
let bad = 0;

/** Prints a share with its exact bounds; a truth outside them is a fault of the method, not bad luck. */
function share(what: string, count: number, n: number, least: number, most = 1): void {
  const { low, high } = clopperPearson(count, n);
  const holds = high >= least && low <= most;
  if (!holds) bad++;
  const percent = (x: number) => `${(x * 100).toFixed(1)} %`;
  const bounds = `95 %: ${percent(low)} to ${percent(high)}`;
  console.log(
    `${what.padEnd(58)} ${count} of ${n} = ${percent(count / n)} (${bounds})${holds ? '' : '  BAD'}`,
  );
}

const contains = ({ low = Number.NaN, high = Number.NaN }: Partial<Figure>, truth: number): boolean =>
  low <= truth && truth <= high;

const GATES = [
  'overhead.submit.median < 1ms',
  'overhead.p95 < max(5ms, 10%)',
  'latency.service.p95 < baseline + 10%',
];

function simulated(): void {
  const runs = quick ? 40 : 200;
  for (const extraMs of [0, 0.5, 2, 10]) {
    const seen = Array.from({ length: runs }, (_, seed) => {
      const run = simulatedRun(seed, { pairs: 600, extraMs, noise: 0.5 });
      const summary = summarise(run, { resamples: quick ? 100 : 400 });
      const { 'overhead.submit.median': submit = {}, 'noise.submit.median': noise = {} } = summary.figures;
      const failed = evaluateGates(GATES, summary).gates.some((gate) => gate.result === 'fail');
      return { covered: contains(submit, extraMs), noise: contains(noise, 0), failed };
    });
    const count = (what: 'covered' | 'noise' | 'failed') => seen.filter((one) => one[what]).length;
    share(`simulated, ${extraMs} ms planted: interval contains it`, count('covered'), runs, 0.93, 0.97);
    if (extraMs > 0) continue;
    share('simulated A/A: interval of the noise arm contains 0', count('noise'), runs, 0.93, 0.97);
    share('simulated A/A: a gate fires falsely', count('failed'), runs, 0, 0.01);
  }
}

/** The hard rows of the table in docs/measurement.md: both ends together miss in 5 % of the runs, at a nominal 95 %. */
function neighbours(): void {
  const runs = quick ? 200 : 1000;
  for (const rho of [0, 0.5, 0.9, 0.98]) {
    const { high, low } = missesOf({ rho, n: 2_500, q: 0.95, runs, seed: 11 });
    const covered = Math.round(runs * (1 - low - high));
    share(`p95 of 2 500 queries, neighbours alike by ${rho}: covered`, covered, runs, 0.94);
  }
}

/** Misses of both ends and open intervals, in per cent: the rows of the table in docs/measurement.md. */
function coverage(): void {
  const percent = (share: number, digits = 1) => (share * 100).toFixed(digits);
  for (const n of [1_000, 2_500, 10_000, 20_000])
    for (const rho of [0, 0.5, 0.9, 0.98]) {
      const cells = [0.5, 0.95, 0.99].map((q) => {
        const { high, low, open } = missesOf({ rho, n, q, runs: quick ? 100 : 1_000, seed: 11 });
        return `${percent(low)} / ${percent(high)} (${percent(open, 0)})`;
      });
      console.log(`| ${formatCount(n)} | ${rho} | ${cells.join(' | ')} |`);
    }
}

/** docs/measurement.md names this sample: six thousand pairs where the logarithm of the times spreads by 0.8. */
function regression(): void {
  const runs = quick ? 10 : 40;
  const gate = ['latency.service.p95 < baseline + 3%'];
  const failed = (factor: number) =>
    Array.from({ length: runs }, (_, seed) =>
      evaluateGates(gate, summarise(simulatedRun(seed, { pairs: 6_000, factor }), { resamples: 300 })),
    ).filter((verdict) => verdict.gates[0]?.result === 'fail').length;
  share('p95 10 % slower, 6 000 pairs: caught', failed(1.1), runs, 0.95);
  share('p95 alike, 6 000 pairs: a false alarm', failed(1), runs, 0, 0.03);
}

async function play(scenario: string, seed: number, set: readonly string[] = []) {
  const reportsDir = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
  try {
    return await runScenario({
      ...{
        scenarioFile: join(projectRoot, 'scenarios', scenario),
        reportsDir,
        command: [],
        signal: stop.signal,
      },
      overrides: [`seed=${seed}`, ...set],
      watcher: { note() {}, event() {}, sample() {}, replayStarted() {} },
    });
  } finally {
    rmSync(reportsDir, { recursive: true, force: true });
  }
}

const SHORT = ['dump.limit=700', 'load.speed=6480', 'load.warmUp=1s', 'baseline.share=1', 'baseline.noise=1'];

async function real(): Promise<void> {
  const runs = Number(options.runs ?? (quick ? 3 : 20));
  const seen = { submit: 0, total: 0, noise: 0, fails: 0 };
  let made = 0;
  for (let k = 0; k < runs && !stop.signal.aborted; k++) {
    const result = await play('aa-direct.yaml', 100 + k, [
      ...SHORT,
      'gates=["overhead.submit.median < 2ms", "overhead.median < max(20ms, 10%)"]',
    ]);
    if (result === undefined) return;
    made++;
    const { figures } = result.summary;
    const [submit = {}, total = {}, noise = {}] = [
      'overhead.submit.median',
      'overhead.total.median',
      'noise.submit.median',
    ].map((name) => figures[name]);
    if (contains(submit, 0)) seen.submit++;
    if (contains(total, 0)) seen.total++;
    if (contains(noise, 0)) seen.noise++;
    if (result.verdict.gates.some((gate) => gate.result === 'fail')) seen.fails++;
    const text = ({ value, low, high }: Partial<Figure>) =>
      `${value?.toFixed(3)} [${low?.toFixed(3)}, ${high?.toFixed(3)}]`;
    console.log(`  real A/A ${k + 1}: submit ${text(submit)}  noise ${text(noise)}  total ${text(total)} ms`);
  }
  share('real A/A: interval of the submission contains 0', seen.submit, made, 0.9);
  share('real A/A: interval of the noise arm contains 0', seen.noise, made, 0.9);
  share('real A/A: interval of the whole query contains 0', seen.total, made, 0.9);
  share('real A/A: a gate fires falsely', seen.fails, made, 0, 0.01);
}

/** Three gateways run beside each other here: at the pace of the scenario itself, which two cores carry with ease. */
const PLANTED_RUNS = quick ? 1 : 4;

async function planted(): Promise<void> {
  for (const ms of quick ? [2] : [0.5, 2, 10]) {
    const off: number[] = [];
    let covered = 0;
    for (let k = 0; k < PLANTED_RUNS; k++) {
      const result = await play('planted-delay.yaml', 11 + k, [
        `gateway.config.simulate.submitDelay=${ms * 1000}us`,
        'gates=[]',
      ]);
      if (result === undefined) return;
      const submit = result.summary.figures['overhead.submit.median'];
      const value = submit?.value ?? Number.NaN;
      const { low = Number.NaN, high = Number.NaN } = submit ?? {};
      const own = result.summary.overhead?.said?.ownMs ?? Number.NaN;
      console.log(
        `  planted ${ms} ms: seen ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] ms; the gateway calls ${own.toFixed(3)} ms its own; ${result.verdict.result}`,
      );
      if (contains({ low, high }, ms)) covered++;
      off.push(value - ms);
    }
    const mean = off.reduce((a, b) => a + b, 0) / off.length;
    console.log(
      `planted ${ms} ms: ${covered} of ${off.length} intervals contain it, off by ${mean.toFixed(3)} ms on average`,
    );
    // Two processes are never quite alike, and what waits pays for having slept: half a millisecond.
    if (!(mean > -0.2 && mean < 0.5)) bad++;
  }
}

const PARTS = {
  simulated,
  neighbours,
  coverage,
  regression,
  real,
  planted,
  floor: () => httpFloor(quick, stop.signal),
} as const;
for (const [name, part] of Object.entries(PARTS)) {
  const isWanted = wanted === undefined ? name !== 'coverage' : wanted.includes(name);
  if (stop.signal.aborted || !isWanted) continue;
  await part();
}
process.exitCode = stop.signal.aborted ? 130 : bad > 0 ? 4 : 0;
