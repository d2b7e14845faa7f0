// What the gateway costs beside nothing, nginx, the Java Trino Gateway and a trivial Node proxy, in one run on one
// machine: every round measures every target in turn, so that whatever else the machine does falls on all of them.
// In front of an instant upstream of its own, then of a real Trino. How it is done and read: docs/gateway-cost.md.
//   --quick         fewer and shorter rounds
//   --json          the figures as JSON
//   --only A,B      these targets alone, such as gateway,nginx
//   --cpu-prof DIR  writes a processor profile of the gateway
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/base/project.ts';
import { type Minder, startMinder } from '../src/fleet/processes/minder.ts';
import { type Judged, judge } from './bench-gateway/aims.ts';
import { type JavaGateways, javaGateways, TUNED } from './bench-gateway/java.ts';
import {
  cpuMs,
  endAll,
  LoadProcess,
  residentBytes,
  startGateway,
  startNginx,
  startNodeProxy,
  startUpstream,
  type Target,
} from './bench-gateway/processes.ts';
import { addedRow, type Measured, type Row, rounds, rowsOf } from './bench-gateway/rows.ts';
import { startRealTrino } from './bench-gateway/trino.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const ROUNDS = options.quick ? 2 : 5;
const SECONDS = options.quick ? 0.5 : 2;
const WARM_UP_SECONDS = options.quick ? 0.5 : 4;
const MB = 1024 * 1024;
const DOWNLOAD_BYTES = (options.quick ? 256 : 1024) * MB;
const LONG_POLLS = 1_000;
const LONG_POLL_LIMIT_SECONDS = 120;
const HOLD_MS = 1_000;

const say = (text: string) => process.stderr.write(`${text}\n`);
const isWanted = (name: string) => options.only?.split(',').includes(name) ?? true;

/** The peak of a target's resident memory while something runs. */
async function watched<T>(target: Target, run: () => Promise<T>): Promise<{ result: T; peakMb: number }> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes(target) / MB);
  };
  const watch = setInterval(look, 20);
  look();
  try {
    return { result: await run(), peakMb: peak };
  } finally {
    clearInterval(watch);
  }
}

/** In front of the instant upstream. The name of a row sorts: what is measured in the same breath stands together. */
async function bench(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  const proxies = targets.filter((t) => t.pids.length > 0);
  const rows: Row[] = [];
  const resident = Object.fromEntries(proxies.map((t) => [t.name, residentBytes(t) / MB]));
  rows.push({ what: 'resident, idle', unit: 'MB', values: resident });

  say('warming up');
  for (const { port, warmUp = 1 } of targets) {
    for (const kind of ['poll', 'statement'] as const)
      await load.run({ port, kind, connections: 32, seconds: WARM_UP_SECONDS * warmUp });
  }
  say('processor time');
  const cpu = await rounds(ROUNDS, proxies, async (target) => {
    const spent: Record<string, number> = {};
    for (const kind of ['poll', 'statement'] as const) {
      const before = cpuMs(target);
      const { done, errors } = await load.run({ port: target.port, kind, connections: 32, seconds: SECONDS });
      if (errors > 0) say(`${target.name}: ${errors} errors`);
      spent[`CPU per ${kind}`] = ((cpuMs(target) - before) * 1_000) / done;
    }
    return spent;
  });
  rows.push(...rowsOf(cpu, 'µs'));
  rows.push(...(await latencies(load, targets)));

  say('throughput');
  const peak: Record<string, number> = {};
  for (const connections of [64, 256]) {
    const throughput = await rounds(ROUNDS, targets, async (target) => {
      const rate: Record<string, number> = {};
      for (const kind of ['poll', 'statement'] as const) {
        const { done, seconds } = await load.run({ port: target.port, kind, connections, seconds: SECONDS });
        rate[`${kind}s/s, c=${connections}`] = done / seconds;
      }
      peak[target.name] = Math.max(peak[target.name] ?? 0, residentBytes(target) / MB);
      return rate;
    });
    rows.push(...rowsOf(throughput, '1/s'));
  }
  const loaded = Object.fromEntries(proxies.map(({ name }) => [name, peak[name] ?? 0]));
  rows.push({ what: 'resident, loaded', unit: 'MB', values: loaded });
  return rows;
}

async function latencies(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  say('latency');
  const rows: Row[] = [];
  for (const connections of [1, 8, 32]) {
    const latency = await rounds(ROUNDS, targets, async ({ port }) => {
      const poll = await load.run({ port, kind: 'poll', connections, seconds: SECONDS / 2 });
      const statement = await load.run({ port, kind: 'statement', connections, seconds: SECONDS / 2 });
      return {
        [`poll p50, c=${connections}`]: poll.p50Ms,
        [`statement p50, c=${connections}`]: statement.p50Ms,
        [`statement p99, c=${connections}`]: statement.p99Ms,
      };
    });
    rows.push(...rowsOf(latency, 'ms'), ...addedRows(latency, connections));
  }
  return rows;
}

const addedRows = (latency: Measured, connections: number): readonly Row[] =>
  ['poll', 'statement'].map((kind) =>
    addedRow(`added per ${kind}, c=${connections}`, latency[`${kind} p50, c=${connections}`] ?? {}),
  );

/** One large result through every target; its hash has to be that of the direct one. */
async function downloads(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  say('a large result');
  const seconds: Record<string, number> = {};
  const peak: Record<string, number> = {};
  const cut: string[] = [];
  let hash: string | undefined;
  for (const target of targets) {
    const job = {
      port: target.port,
      kind: 'download',
      connections: 1,
      seconds: 0,
      bytes: DOWNLOAD_BYTES,
    } as const;
    const { result, peakMb } = await watched(target, () => load.run(job));
    hash ??= result.sha256;
    if (result.errors > 0 || result.sha256 !== hash) cut.push(target.name);
    else seconds[target.name] = result.seconds;
    if (target.pids.length > 0) peak[target.name] = peakMb;
  }
  const told = cut.length === 0 ? 'the same bytes everywhere' : `not whole through: ${cut.join(', ')}`;
  return [
    { what: `${DOWNLOAD_BYTES / MB} MB result (${told})`, unit: 's', values: seconds },
    { what: 'resident meanwhile', unit: 'MB', values: peak },
  ];
}

/** As many polls at once, each answered after a second. */
async function longPolls(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  say(`${LONG_POLLS} long polls`);
  const late: Record<string, number> = {};
  const peak: Record<string, number> = {};
  const failed: string[] = [];
  // With its 20 connections to a backend the Java gateway as shipped takes a minute for this.
  const those = options.quick ? targets.filter(({ warmUp }) => warmUp === undefined) : targets;
  for (const target of those) {
    const job = { port: target.port, connections: LONG_POLLS, seconds: LONG_POLL_LIMIT_SECONDS };
    const { result, peakMb } = await watched(target, () => load.run({ ...job, kind: 'hold' }));
    if (result.errors > 0) failed.push(`${target.name} ${result.errors}`);
    late[target.name] = result.p99Ms - HOLD_MS;
    if (target.pids.length > 0) peak[target.name] = peakMb;
  }
  const told = failed.length === 0 ? '' : ` (failed: ${failed.join(', ')})`;
  return [
    { what: `${LONG_POLLS} long polls, p99 beyond their second${told}`, unit: 'ms', values: late },
    { what: 'resident with the long polls', unit: 'MB', values: peak },
  ];
}

/** `SELECT 1` in front of a real coordinator. */
async function realTrino(
  load: LoadProcess,
  dir: string,
  minder: Minder,
  java?: JavaGateways,
): Promise<Row[]> {
  say('a real Trino');
  const port = await startRealTrino(dir, minder, say);
  const nginx = await startNginx(port, dir, 'nginx of Trino');
  const all = [
    { name: 'direct', port, pids: [] },
    { ...(await startGateway(port, dir, [], 'gateway-of-trino')), name: 'gateway' },
    ...(nginx === undefined ? [] : [{ ...nginx, name: 'nginx' }]),
    ...(java === undefined ? [] : [{ ...(await java.start('Java of Trino', port)), name: 'Java gateway' }]),
  ];
  const targets = all.filter(({ name }) => isWanted(name));
  for (const { port: to } of targets)
    await load.run({ port: to, kind: 'trino', connections: 8, seconds: WARM_UP_SECONDS * 3 });
  const rows: Row[] = [];
  for (const connections of options.quick ? [1, 8] : [1, 8, 32]) {
    const latency = await rounds(ROUNDS, targets, async (target) => {
      const { p50Ms, p99Ms, errors } = await load.run({
        ...{ port: target.port, kind: 'trino', connections, seconds: SECONDS * 2 },
      });
      if (errors > 0) say(`${target.name} in front of Trino: ${errors} errors`);
      return {
        [`Trino: SELECT 1 p50, c=${connections}`]: p50Ms,
        [`Trino: SELECT 1 p99, c=${connections}`]: p99Ms,
      };
    });
    rows.push(...rowsOf(latency, 'ms'));
    const p50 = latency[`Trino: SELECT 1 p50, c=${connections}`] ?? {};
    rows.push(addedRow(`Trino: added per SELECT 1, c=${connections}`, p50));
  }
  return rows;
}

function print(rows: readonly Row[], judged: readonly Judged[], names: readonly string[]): void {
  const cell = (value: number | undefined) =>
    value === undefined || Number.isNaN(value)
      ? '–'
      : Math.abs(value) >= 100
        ? value.toFixed(0)
        : value.toPrecision(3);
  const widest = Math.max(...rows.map(({ what, unit }) => what.length + unit.length + 3));
  const line = (cells: readonly string[]) =>
    console.log(cells.map((c, i) => (i === 0 ? c.padEnd(widest) : c.padStart(17))).join(''));
  line(['', ...names, 'gateway ÷ nginx']);
  for (const { what, unit, values } of rows) {
    const ratio = (values.gateway ?? Number.NaN) / (values.nginx ?? Number.NaN);
    const shown = Number.isFinite(ratio) ? ratio.toFixed(2) : '';
    line([`${what} (${unit})`, ...names.map((name) => cell(values[name])), shown]);
  }
  console.log('\naims');
  for (const { aim, wanted, value, met } of judged) {
    const verdict = met === undefined ? 'not measured' : met ? 'met' : 'MISSED';
    console.log(`  ${aim.padEnd(56)} ${wanted.padStart(7)} ${cell(value).padStart(8)}  ${verdict}`);
  }
}

/** Those that the machine has what they need for; what is missing is said. */
async function allTargets(dir: string, java: JavaGateways | undefined): Promise<Target[]> {
  const upstream = await startUpstream();
  const profDir = options['cpu-prof'];
  const nodeArgs = profDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profDir}`];
  const makers: Readonly<Record<string, () => Promise<Target | undefined>>> = {
    direct: async () => ({ name: 'direct', port: upstream, pids: [] }),
    gateway: () => startGateway(upstream, dir, nodeArgs),
    nginx: () => startNginx(upstream, dir),
    'Java gateway': async () => java?.start('Java gateway', upstream),
    'Java tuned': async () => java?.start('Java tuned', upstream, TUNED),
    'node:http+undici': () => startNodeProxy(upstream),
  };
  const targets: Target[] = [];
  for (const [name, make] of Object.entries(makers)) {
    if (!isWanted(name)) continue;
    const target = await make();
    if (target === undefined) say(`${name} is not there: no comparison with it`);
    else targets.push(target);
  }
  return targets;
}

const dir = mkdtempSync(join(tmpdir(), 'rehearse-bench-gateway-'));
const minder = await startMinder();
let java: JavaGateways | undefined;
try {
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: projectRoot, stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
  const missing = (what: string) => (error: unknown) => {
    say(`${what} cannot be compared with: ${error instanceof Error ? error.message : error}`);
    return undefined;
  };
  if (isWanted('Java gateway') || isWanted('Java tuned'))
    java = await javaGateways(dir, minder, say).catch(missing('the Java gateway'));
  const targets = await allTargets(dir, java);
  const load = new LoadProcess();
  const rows = [
    ...(await bench(load, targets)),
    ...(await longPolls(load, targets)),
    ...(await downloads(load, targets)),
  ];
  if (options.only === undefined)
    rows.push(...((await realTrino(load, dir, minder, java).catch(missing('a real Trino'))) ?? []));
  load.end();
  const judged = judge(rows);
  if (options.json)
    console.log(JSON.stringify({ rounds: ROUNDS, seconds: SECONDS, rows, aims: judged }, null, 2));
  else
    print(
      rows,
      judged,
      targets.map(({ name }) => name),
    );
} finally {
  endAll();
  await java?.stop();
  await minder.close();
  // Those that were started end with their stdin or their signal; nothing here waits for them.
  setTimeout(() => rmSync(dir, { recursive: true, force: true }), 500);
}
