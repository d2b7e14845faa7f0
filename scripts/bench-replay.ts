// How exact and how cheap the replay is, side by side with vegeta and autocannon against the same stub, in the same run.
//   start lateness    2,000 statements a second: send − intended start, as the replay itself records it; and for the replay and
//                     vegeta alike how far arrivals strayed from an even spacing, as the stub saw them
//   cost              as many requests as it can: requests a second, and CPU microseconds of the generator per request
//   two threads       the first two once more, with `load.threads: 2`
//   memory            heap after a collection, in the middle and at the end of a longer load
// --quick takes a third of the time, for CI. Figures are of a machine that does other things too: compare within a run.
import autocannon from 'autocannon';
import type { Sample } from '../src/measure/record/sample.ts';
import { buildPlan } from '../src/plan/build.ts';
import { stagesFrom } from '../src/plan/pacing.ts';
import type { Plan } from '../src/plan/plan.ts';
import { type LoadOrder, localGenerator } from '../src/replay/generator.ts';
import type { LoadShape } from '../src/replay/shape.ts';
import { clusterNews } from '../src/replay/targets.ts';
import { threadedGenerator } from '../src/replay/threads/pool.ts';
import { scenarioSchema } from '../src/scenario/schema.ts';
import { runMeasured, type Stub, startStub, vegeta } from './bench-replay/tools.ts';

const QUICK = process.argv.includes('--quick');
const SECONDS = QUICK ? 4 : 12;
const RATE = 2_000;
const CONCURRENCY = 32;
const ROUNDS = QUICK ? 2 : 4;

const plan: Plan = buildPlan(
  Array.from({ length: 200 }, (_, i) => ({
    ...{
      origin: { file: 'bench', line: i + 1 },
      arrivedAtMs: i,
      sql: `SELECT a FROM t WHERE b = ${i}`,
      user: `u${i}`,
    },
    ...{ source: 'bench', clientTags: [], session: {}, prepared: {} },
  })),
  scenarioSchema.parse({
    ...{ name: 'bench', dump: { files: ['x'] }, baseline: { share: 0 }, load: { model: 'rate' } },
    fleet: { clusters: [{ name: 'stub', group: 'g' }] },
  }),
);

async function replay(
  stub: Stub,
  shape: LoadShape,
  onSample: (sample: Sample) => void,
  threads = 1,
): Promise<number> {
  const order: LoadOrder = {
    ...{ runId: 'b', seed: 1, shape, client: 'strict', queryTimeoutMs: 30_000, connections: 512 },
    ...{ allowHosts: [], access: { tls: {} } },
    routes: { gatewayUrl: stub.url, clusters: [], backBy: 'cluster-up' },
  };
  const generator =
    threads === 1
      ? await localGenerator(plan, order, clusterNews())
      : await threadedGenerator(plan, order, clusterNews(), { threads });
  const before = process.cpuUsage();
  const originMs = performance.now();
  await generator.start({
    ...{ originMs, startMs: originMs + generator.headStartMs, wantedUntilMs: Number.NEGATIVE_INFINITY },
    ...{ onSample, signal: new AbortController().signal },
  }).done;
  const { user, system } = process.cpuUsage(before);
  await generator.close();
  return (user + system) / 1e6;
}

function quantiles(values: number[]): { p50: number; p99: number; max: number } {
  values.sort((a, b) => a - b);
  const at = (q: number) => values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

const row = (name: string, text: string) => console.log(`${name.padEnd(22)} ${text}`);
const ms = ({ p50, p99, max }: { p50: number; p99: number; max: number }) =>
  `p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms  max ${max.toFixed(1)} ms`;
const vegetaPath = vegeta();
const target = (stub: Stub) => `POST ${stub.url}/v1/statement\nX-Trino-User: bench\n`;

async function ownLateness(stub: Stub, name: string, threads: number): Promise<void> {
  const stages = stagesFrom(RATE, [{ for: SECONDS * 1_000, to: RATE }]);
  const late: number[] = [];
  let failed = 0;
  // In its first second a thread compiles what it runs.
  const onSample = (sample: Sample) => {
    if (sample.intendedUs > 1_000_000) late.push((sample.sentUs - sample.intendedUs) / 1_000);
    if (sample.end !== 'finished') failed++;
  };
  // The same once before, and not counted: the stub is warm then.
  const warmUp = stagesFrom(RATE, [{ for: 2_000, to: RATE }]);
  await replay(stub, { model: 'rate', stages: warmUp }, () => {}, threads);
  await stub.seen();
  const cpuS = await replay(stub, { model: 'rate', stages }, onSample, threads);
  const seen = await stub.seen(RATE);
  const rate = (seen.statements / seen.spanMs) * 1_000;
  row(name, `start lateness ${ms(quantiles(late))}  ${failed} failed`);
  row(
    '',
    `arrivals strayed ${ms(seen.strayed)}  ${rate.toFixed(0)} statements/s (2 requests each)  ${((cpuS / SECONDS) * 100).toFixed(0)} % CPU`,
  );
}

async function lateness(stub: Stub): Promise<void> {
  await ownLateness(stub, 'rehearse', 1);
  await ownLateness(stub, 'rehearse, 2 threads', 2);
  if (vegetaPath === undefined) return row('vegeta', 'not here (needs Go)');
  const vegetaS = await runMeasured(
    vegetaPath,
    [
      'attack',
      `-rate=${RATE}/1s`,
      `-duration=${SECONDS}s`,
      '-format=http',
      '-max-workers=512',
      '-connections=512',
    ],
    target(stub),
  );
  const other = await stub.seen(RATE);
  row(
    'vegeta',
    `arrivals strayed ${ms(other.strayed)}  ${((other.statements / other.spanMs) * 1_000).toFixed(0)} POSTs/s  ${((vegetaS / SECONDS) * 100).toFixed(0)} % CPU`,
  );
}

interface Cost {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Each tool in turn, several rounds: what a busy machine takes from one round it hardly takes from all. */
async function cost(stub: Stub): Promise<void> {
  const seconds = SECONDS / ROUNDS;
  const closed: LoadShape = {
    model: 'closed',
    stages: stagesFrom(CONCURRENCY, []),
    durationMs: seconds * 1_000,
  };
  const tools: Record<string, () => Promise<number>> = {
    rehearse: () => replay(stub, closed, () => {}),
    'rehearse, 2 threads': () => replay(stub, closed, () => {}, 2),
    autocannon: () => cannon(stub, seconds),
    ...(vegetaPath === undefined
      ? {}
      : {
          vegeta: () =>
            runMeasured(
              vegetaPath,
              ['attack', '-rate=0', `-max-workers=${CONCURRENCY}`, `-duration=${seconds}s`, '-format=http'],
              target(stub),
            ),
        }),
  };
  const costs = new Map<string, Cost[]>(Object.keys(tools).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(tools)) {
      await stub.seen();
      const cpuS = await run();
      const { requests, spanMs } = await stub.seen();
      costs.get(name)?.push({ perSecond: (requests / spanMs) * 1_000, cpuUs: (cpuS / requests) * 1e6 });
    }
  }
  for (const [name, rounds] of costs) {
    const best = rounds.reduce((a, b) => (b.cpuUs < a.cpuUs ? b : a));
    const fastest = Math.max(...rounds.map((one) => one.perSecond));
    row(
      name,
      `${fastest.toFixed(0).padStart(6)} requests/s  ${best.cpuUs.toFixed(1)} µs CPU each: ${(1e6 / best.cpuUs).toFixed(0)} a second of one core`,
    );
  }
}

async function cannon(stub: Stub, duration: number): Promise<number> {
  const before = process.cpuUsage();
  const request = { url: `${stub.url}/v1/statement`, method: 'POST', body: 'SELECT 1' } as const;
  await autocannon({ ...request, headers: { 'x-trino-user': 'bench' }, connections: CONCURRENCY, duration });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function memory(stub: Stub): Promise<void> {
  const collect = globalThis.gc;
  if (collect === undefined) return row('memory', 'not looked at: start with --expose-gc');
  const heapMiB = () => {
    collect();
    return process.memoryUsage().heapUsed / 1024 ** 2;
  };
  const round = async () => {
    const stages = stagesFrom(RATE, [{ for: (SECONDS * 1_000) / 2, to: RATE }]);
    await replay(stub, { model: 'rate', stages }, () => {});
    return heapMiB();
  };
  const heaps: number[] = [];
  for (let i = 0; i < 4; i++) heaps.push(await round());
  row(
    'memory',
    `heap after each ${((RATE * SECONDS) / 2).toFixed(0)} statements: ${heaps.map((h) => h.toFixed(1)).join(', ')} MiB`,
  );
}

const stub = await startStub();
console.log(`${RATE} statements a second, ${SECONDS} s`);
await lateness(stub);
console.log(`\nas many as they can, ${CONCURRENCY} at once, ${SECONDS} s`);
await cost(stub);
console.log('');
await memory(stub);
stub.stop();
