// What large dumps cost: the same generated file read by bare csv-parse, inspected, sampled, converted and replayed, each in a
// process of its own, with its time and its largest resident memory. Usage: npm run bench:dumps [-- --size 10GB | --quick]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../src/base/project.ts';
import { parseSizeBytes } from '../src/base/units.ts';
import { writeLargeDump } from './bench-dumps/large-dump.ts';

const QUICK_BYTES = 64 * 1024 ** 2;
const MOST_RESIDENT_MB = 250;
/** The room that sorting takes beside the file. */
const ROOM_FACTOR = 2.5;
/** Exit numbers from here on judge a run that took place; that one took place is all that is asked here. */
const FIRST_VERDICT = 4;

/** Sampled queries are sent within about this time, whatever time the dump covers: the load is not what is measured here. */
const REPLAY_S = 60;
const ROWS_A_DAY = 2_600;

/** A run on simulated clusters that draws its queries out of the dump while it reads it. */
function replayOf(file: string, rows: number): string[] {
  const speed = Math.ceil(((rows / ROWS_A_DAY) * 86_400) / REPLAY_S);
  const set = [
    ...['dump.sample=2000', `dump.files=["${file}"]`, 'timeline=[]', 'gates=[]'],
    ...[`load.speed=${speed}`, 'baseline.share=0'],
  ].flatMap((setting) => ['--set', setting]);
  const out = join(dir, 'reports');
  return ['bin/rehearse.js', 'run', 'scenarios/daily-roll.yaml', ...set, '--out', out];
}

interface Measured {
  readonly wallS: number;
  /** Processor time of all threads. */
  readonly cpuS: number;
  readonly residentMb: number;
  readonly output: string;
}

/** Runs a program of this project to its end. Resident memory is the kernel's high-water mark. */
function measured(args: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let residentKb = 0;
  let ticks = 0;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      residentKb = Math.max(residentKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      ticks = Math.max(ticks, Number(stat[11]) + Number(stat[12]));
    } catch {
      // Gone already.
    }
  };
  const timer = setInterval(look, 100);
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    look();
  });
  process.once('exit', () => child.kill());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(timer);
      if (code === null || (code > 0 && code < FIRST_VERDICT))
        reject(new Error(`${args.join(' ')} ended with ${code}`));
      const wallS = (performance.now() - started) / 1e3;
      resolve({ wallS, cpuS: ticks / 100, residentMb: residentKb / 1024, output });
    });
  });
}

function sizeAsked(): number {
  const at = process.argv.indexOf('--size');
  if (at < 0) return QUICK_BYTES;
  const bytes = parseSizeBytes(process.argv[at + 1] ?? '');
  if (bytes === undefined) throw new Error('--size takes a size such as 10GB');
  return bytes;
}

const sizeBytes = sizeAsked();
const dir = mkdtempSync(join(tmpdir(), 'rehearse-bench-dumps-'));
const remove = () => rmSync(dir, { recursive: true, force: true });
process.once('exit', remove);
process.once('SIGINT', () => process.exit(130));

const { bavail, bsize } = statfsSync(dir);
if (bavail * bsize < sizeBytes * ROOM_FACTOR) {
  console.error(`not enough room in ${tmpdir()} for a dump of ${sizeBytes} bytes and its sorting`);
  process.exit(3);
}

let bad = 0;
const mb = sizeBytes / 1e6;
for (const order of ['in order', 'out of order'] as const) {
  const file = join(dir, 'dump.csv');
  const rows = writeLargeDump(file, sizeBytes, order);
  console.log(`${order}: ${rows} rows of trino_queries, ${(mb / 1e3).toFixed(2)} GB`);
  const rehearse = (...args: readonly string[]) => measured(['bin/rehearse.js', 'dump', ...args]);
  const bare = await measured(['scripts/bench-dumps/bare-csv-parse.ts', file]);
  show('bare csv-parse', bare);
  const inspected = await rehearse('inspect', file, '--json');
  const inspection = JSON.parse(inspected.output) as { readonly queries: number };
  if (inspection.queries !== rows) {
    console.log(`  inspect found ${inspection.queries} queries instead of ${rows}`);
    bad++;
  }
  show('dump inspect', inspected, bare);
  // Two more passes over what was sorted, so slower than reading once; the bound on memory is the same.
  const small = join(dir, 'small.ndjson.zst');
  show('dump sample', await rehearse('sample', file, '--queries', '2000', '--out', small, '--force'));
  show('run, sampled', await measured(replayOf(file, rows)));
  rmSync(file);
}
process.exitCode = bad > 0 ? 4 : 0;

function show(title: string, { wallS, cpuS, residentMb }: Measured, bare?: Measured): void {
  const speed = `${(mb / wallS).toFixed(1)} MB/s`;
  const ratio =
    bare === undefined
      ? ''
      : `  ${(bare.wallS / wallS).toFixed(2)} × csv-parse (${(bare.cpuS / cpuS).toFixed(2)} by processor time)`;
  console.log(
    `  ${title.padEnd(16)} ${wallS.toFixed(1).padStart(7)} s ${cpuS.toFixed(1).padStart(7)} s cpu  ${speed.padStart(10)}  ${residentMb.toFixed(0).padStart(5)} MB${ratio}`,
  );
  if (residentMb > MOST_RESIDENT_MB) bad++;
  if (bare !== undefined && wallS > 2 * bare.wallS) bad++;
}
