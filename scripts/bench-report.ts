// What judging and rendering a large run costs: a record of a million queries (or as many as given) is written, then
// `rehearse report` reads, judges and renders it in a process of its own. Prints time, peak memory and the page's size.
//   node scripts/bench-report.ts [queries]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../src/base/project.ts';
import { seededRandom } from '../src/base/random.ts';
import { formatCount, formatMs } from '../src/base/units.ts';
import { writeRunInfo, writeSamples } from '../src/measure/record/record-folder.ts';
import type { Sample } from '../src/measure/record/sample.ts';
import { info, killed, pairOf, STARTED, sample } from '../test/measure/factory.ts';

const LIMITS = { seconds: 10, peakBytes: 1e9, pageBytes: 3e6 };
const RUN_US = 3600e6;
const SHAPES = 2_000;
const KILL_AT_US = 1800e6;

const queries = Number(process.argv[2] ?? 1_000_000);
const dir = mkdtempSync(join(tmpdir(), 'rehearse-bench-report-'));

/** One query in four has a twin straight to its cluster; a coordinator is killed half-way and loses what it ran. */
async function* samples(): AsyncGenerator<Sample> {
  const random = seededRandom(1, 'bench report');
  let pair = 0;
  for (let i = 0; i < queries; ) {
    const atUs = Math.round((i / queries) * RUN_US);
    const shape = random.below(SHAPES);
    const more = {
      ...{ source: `source-${shape % 40}`, user: `user-${random.below(500)}`, checksum: `c${shape}` },
      ...{
        fingerprint: shape.toString(16).padStart(12, '0'),
        statement: shape.toString(16).padStart(16, '0'),
      },
    };
    const totalUs = Math.round(20_000 + 400_000 * random.next() ** 4);
    if (random.next() < 0.25 && i + 2 <= queries) {
      for (const member of pairOf(pair++, atUs, 900, totalUs)) yield { ...member, ...more, seq: i };
      i += 2;
      continue;
    }
    const lastUs = atUs + totalUs;
    const query = sample(i++, { ...more, sentUs: atUs, intendedUs: atUs, firstRowUs: lastUs, lastUs });
    const lost = query.lastUs > KILL_AT_US && atUs < KILL_AT_US;
    yield lost
      ? { ...query, end: 'http-error', stage: 'poll', httpStatus: 404, rows: 0, checksum: '' }
      : query;
  }
}

const counts = { gateway: 0, baseline: 0 };
async function* counted(): AsyncGenerator<Sample> {
  for await (const one of samples()) {
    counts[one.arm === 'gateway' ? 'gateway' : 'baseline']++;
    yield one;
  }
}

try {
  await writeSamples(join(dir, 'samples.parquet'), counted());
  const { gateway, baseline } = counts;
  const planned = { gateway, baseline, pairs: baseline, sha256: '' };
  writeRunInfo(dir, info([], { planned, scenario: { gates: ['drops.avoidable == 0'] } }));
  const events = [...STARTED, ...killed('bi-blue', KILL_AT_US)];
  writeFileSync(join(dir, 'events.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));

  const started = performance.now();
  const measured = join(dir, 'usage.json');
  const code = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(${JSON.stringify(measured)}, JSON.stringify(process.resourceUsage())));`;
  const child = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(code)}`, 'bin/rehearse.js', 'report', dir],
    { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const tookMs = performance.now() - started;
  if (child.status !== 0) throw new Error(`rehearse report ended with ${child.status ?? child.signal}`);
  const usage = JSON.parse(readFileSync(measured, 'utf8')) as NodeJS.ResourceUsage;
  const cpuMs = (usage.userCPUTime + usage.systemCPUTime) / 1000;
  const peakBytes = usage.maxRSS * 1024;
  const pageBytes = statSync(join(dir, 'index.html')).size;
  const line = (what: string, value: string, ok: boolean, limit: string) =>
    console.log(`${what.padEnd(22)} ${value.padStart(10)}   ${ok ? 'met' : 'MISSED'} (limit ${limit})`);
  console.log(`${formatCount(queries)} samples, ${formatMs(cpuMs)} of processor time`);
  line('judged and rendered in', formatMs(tookMs), tookMs <= LIMITS.seconds * 1000, `${LIMITS.seconds} s`);
  line('peak memory', `${Math.round(peakBytes / 1e6)} MB`, peakBytes <= LIMITS.peakBytes, '1000 MB');
  line('page', `${(pageBytes / 1e6).toFixed(2)} MB`, pageBytes <= LIMITS.pageBytes, '3 MB');
} finally {
  rmSync(dir, { recursive: true, force: true });
}
