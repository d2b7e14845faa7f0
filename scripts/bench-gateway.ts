// What the gateway costs beside nginx and beside nothing, in one run on one machine: every round measures every target
// in turn, so that whatever else the machine does falls on all of them. Options: --json, --quick, --cpu-prof DIR.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/base/project.ts';
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

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const ROUNDS = options.quick ? 2 : 5;
const SECONDS = options.quick ? 1 : 2;
const MB = 1024 * 1024;
const DOWNLOAD_BYTES = 1024 * MB;

interface Row {
  readonly what: string;
  readonly unit: string;
  /** Median over the rounds, by target. */
  readonly values: Record<string, number>;
}

const say = (text: string) => process.stderr.write(`${text}\n`);
const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function rounds(
  targets: readonly Target[],
  measure: (target: Target) => Promise<Record<string, number>>,
): Promise<Record<string, Record<string, number[]>>> {
  const all: Record<string, Record<string, number[]>> = {};
  for (let round = 0; round < ROUNDS; round++) {
    // Every target comes first once, and last once.
    const order = targets.map((_, i) => targets[(i + round) % targets.length]).filter((t) => t !== undefined);
    for (const target of order) {
      for (const [what, value] of Object.entries(await measure(target))) {
        const byTarget = all[what] ?? {};
        all[what] = byTarget;
        byTarget[target.name] = [...(byTarget[target.name] ?? []), value];
      }
    }
  }
  return all;
}

const rowsOf = (all: Record<string, Record<string, number[]>>, unit: string): Row[] =>
  Object.entries(all).map(([what, byTarget]) => ({
    what,
    unit,
    values: Object.fromEntries(Object.entries(byTarget).map(([name, values]) => [name, median(values)])),
  }));

/** The name sorts: what is measured in the same breath stands together. */
async function bench(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  const proxies = targets.filter((t) => t.pid !== undefined);
  const rows: Row[] = [];
  const resident = Object.fromEntries(proxies.map((t) => [t.name, residentBytes(t) / MB]));
  rows.push({ what: 'resident, idle', unit: 'MB', values: resident });

  say('warming up');
  for (const target of targets) {
    for (const kind of ['poll', 'statement'] as const) {
      await load.run({ port: target.port, kind, connections: 32, seconds: options.quick ? 1 : 4 });
    }
  }
  say('processor time');
  const cpu = await rounds(proxies, async (target) => {
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

  say('latency');
  for (const connections of [1, 8, 32]) {
    const latency = await rounds(targets, async ({ port }) => {
      const poll = await load.run({ port, kind: 'poll', connections, seconds: SECONDS / 2 });
      const statement = await load.run({ port, kind: 'statement', connections, seconds: SECONDS / 2 });
      return {
        [`poll p50, c=${connections}`]: poll.p50Ms,
        [`statement p50, c=${connections}`]: statement.p50Ms,
        [`statement p99, c=${connections}`]: statement.p99Ms,
      };
    });
    rows.push(...rowsOf(latency, 'ms'));
  }

  say('throughput');
  const peak: Record<string, number> = {};
  for (const connections of [64, 256]) {
    const throughput = await rounds(targets, async (target) => {
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
  rows.push({ what: 'resident, loaded', unit: 'MB', values: peak });
  return rows;
}

/** One large result through every target; its hash has to be that of the direct one. */
async function downloads(load: LoadProcess, targets: readonly Target[]): Promise<Row[]> {
  say('a large result');
  const seconds: Record<string, number> = {};
  const peak: Record<string, number> = {};
  const hashes = new Set<string | undefined>();
  for (const target of targets) {
    const watch = setInterval(() => {
      peak[target.name] = Math.max(peak[target.name] ?? 0, residentBytes(target) / MB);
    }, 20);
    const result = await load.run({
      port: target.port,
      kind: 'download',
      connections: 1,
      seconds: 0,
      bytes: DOWNLOAD_BYTES,
    });
    clearInterval(watch);
    hashes.add(result.errors === 0 ? result.sha256 : undefined);
    seconds[target.name] = result.seconds;
  }
  const isSame = hashes.size === 1 && !hashes.has(undefined);
  return [
    {
      what: `1 GB result (${isSame ? 'same hash everywhere' : 'HASHES DIFFER'})`,
      unit: 's',
      values: seconds,
    },
    { what: 'resident meanwhile', unit: 'MB', values: peak },
  ];
}

function print(rows: readonly Row[], targets: readonly Target[]): void {
  const names = targets.map((t) => t.name);
  const cell = (value: number | undefined) =>
    value === undefined ? '–' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  const line = (cells: string[]) =>
    console.log(cells.map((c, i) => (i === 0 ? c.padEnd(40) : c.padStart(17))).join(''));
  line(['', ...names, 'gateway ÷ nginx']);
  for (const { what, unit, values } of rows) {
    const ratio = (values.gateway ?? Number.NaN) / (values.nginx ?? Number.NaN);
    const shown = Number.isFinite(ratio) ? ratio.toFixed(2) : '';
    line([`${what} (${unit})`, ...names.map((name) => cell(values[name])), shown]);
  }
}

const dir = mkdtempSync(join(tmpdir(), 'rehearse-bench-gateway-'));
try {
  const built = spawnSync(process.execPath, ['scripts/build.ts'], { cwd: projectRoot, stdio: 'inherit' });
  if (built.status !== 0) process.exit(1);
  const upstream = await startUpstream();
  const profDir = options['cpu-prof'];
  const nodeArgs = profDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profDir}`];
  const nginx = await startNginx(upstream, dir);
  if (nginx === undefined) say('nginx is not installed (apt-get install nginx-light): no comparison with it');
  const all: Target[] = [
    { name: 'direct', port: upstream, pid: undefined },
    await startGateway(upstream, dir, nodeArgs),
    ...(nginx === undefined ? [] : [nginx]),
    await startNodeProxy(upstream),
  ];
  const only = options.only?.split(',');
  const targets = all.filter((t) => only?.includes(t.name) ?? true);
  const load = new LoadProcess();
  const rows = [...(await bench(load, targets)), ...(await downloads(load, targets))];
  load.end();
  if (options.json) console.log(JSON.stringify({ rounds: ROUNDS, seconds: SECONDS, rows }, null, 2));
  else print(rows, targets);
} finally {
  endAll();
  // Those that were started end with their stdin or their signal; nothing here waits for them.
  setTimeout(() => rmSync(dir, { recursive: true, force: true }), 500);
}
