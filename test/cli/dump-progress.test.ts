// How far a command on a dump has come, what it leaves when it is interrupted.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { progressLine, withProgress } from '../../src/cli/dump/progress.ts';
import { inspectDump } from '../../src/dump/inspect.ts';
import { orderedDump } from '../../src/dump/order/ordered.ts';
import { countingWatch, type Progress, type Watch } from '../../src/dump/watch.ts';
import { writeRecords } from '../../src/dump/work/write.ts';
import { prepareRun } from '../../src/run/prepare.ts';
import { start, temporaryFolder } from './harness.ts';

const GB = 1024 ** 3;
const NONE: Progress = { step: 'reading', startedMs: 0, bytes: 0, rows: 0, ofBytes: 0, ofRows: 0 };

describe('a line of progress', () => {
  test.each<[string, Partial<Progress>, number, string]>([
    [
      'bytes of files',
      { bytes: 2.5 * GB, ofBytes: 10 * GB, rows: 600_000 },
      60_000,
      'reading 25 %: 2.5 GB of 10 GB, 600 000 rows, 10 000 a second, done in 3 min',
    ],
    [
      'queries of a known number',
      { step: 'counting', rows: 900, ofRows: 1_000 },
      9_000,
      'counting 90 %: 900 of 1 000 queries, 100 a second, done in 1 s',
    ],
    ['nothing to measure by', { step: 'asking', rows: 500 }, 2_000, 'asking: 500 rows, 250 a second'],
    [
      'too early for a rate',
      { bytes: 10, ofBytes: 100, rows: 1 },
      999,
      'reading 10 %: 10 B of 100 B, 1 rows',
    ],
    ['a file that grows', { bytes: 120, ofBytes: 100 }, 500, 'reading 100 %: 120 B of 100 B, 0 rows'],
  ])('%s', (_, change, nowMs, line) => {
    expect(progressLine({ ...NONE, ...change }, nowMs).replaceAll('\u202f', ' ')).toBe(line);
  });
});

describe('who watches', () => {
  let lines: string[];
  let painted: string;
  const context = (terminal: boolean): CliContext => ({
    ...{ out: () => {}, err: (text) => lines.push(text), terminal, colour: false, exit: 0 },
    signal: new AbortController().signal,
  });
  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    painted = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      painted += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  const work = async (watch: Watch | undefined) => {
    watch?.begin('reading', { bytes: 100 });
    watch?.bytes(50);
    await vi.advanceTimersByTimeAsync(25_000);
    return 'done';
  };

  test('gets a line every ten seconds where lines stay', async () => {
    expect(await withProgress(context(false), {}, work)).toBe('done');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^reading 50 %: 50 B of 100 B/);
    expect(painted).toBe('');
    await vi.advanceTimersByTimeAsync(25_000);
    expect(lines).toHaveLength(2);
  });

  test('gets one line in place on a terminal, gone at the end, also of a failure', async () => {
    const failing = async (watch: Watch | undefined) => {
      await work(watch);
      throw new Error('no');
    };
    await expect(withProgress(context(true), {}, failing)).rejects.toThrow('no');
    expect(lines).toEqual([]);
    expect(painted).toContain('reading 50 %: 50 B of 100 B');
    expect(painted.endsWith('\r\u001b[2K')).toBe(true);
  });

  test.each([{ quiet: true }, { json: true }])('gets nothing with %o', async (flags) => {
    await withProgress(context(false), flags, work);
    await withProgress(context(true), flags, work);
    expect([lines, painted]).toEqual([[], '']);
  });
});

/** What was counted of each step of an inspection, by the time it was over. */
async function stepsOf(file: string): Promise<Progress[]> {
  const { watch, now } = countingWatch(() => 0);
  const steps: Progress[] = [];
  const begin: Watch['begin'] = (step, size) => {
    watch.begin(step, size);
    steps.push(now() as Progress);
  };
  await inspectDump([join(projectRoot, 'dumps', file)], { watch: { ...watch, begin } });
  return steps;
}

test('every byte of a packed file is counted, and every query of each step', async () => {
  const { size } = statSync(join(projectRoot, 'dumps/production-day.csv.gz'));
  expect(await stepsOf('production-day.csv.gz')).toMatchObject([
    // One item more than its rows: what the file was taken for.
    { step: 'reading', bytes: size, ofBytes: size, rows: 2_601 },
    { step: 'counting', rows: 2_600, ofRows: 2_600 },
  ]);
  expect(await stepsOf('http-events.ndjson')).toMatchObject([
    { step: 'reading', rows: 48 },
    { step: 'merging', rows: 47, ofRows: 47 },
    { step: 'counting', rows: 24, ofRows: 24 },
  ]);
});

test('who runs a scenario sees how far its dump and its statements are read', async () => {
  const steps: string[] = [];
  let texts = 0;
  const watch: Watch = {
    begin: (step) => void steps.push(step),
    bytes: () => {},
    rows: (count) => {
      if (steps.at(-1) === 'reading statements') texts += count;
    },
  };
  const scenario = join(projectRoot, 'scenarios/daily-roll.yaml');
  const { plan } = await prepareRun(scenario, [], new AbortController().signal, (work) => work(watch));
  expect(steps.slice(0, 1)).toEqual(['reading']);
  expect(steps).toContain('reading statements');
  expect(texts).toBeGreaterThanOrEqual(new Set(plan.queries.map((q) => q.sql)).size);
  const told = {
    step: 'reading statements',
    startedMs: 0,
    bytes: 0,
    rows: 40,
    ofBytes: 0,
    ofRows: 80,
  } as const;
  expect(progressLine(told, 4_000)).toBe('reading statements 50 %: 40 of 80 texts, 10 a second, done in 4 s');
});

describe('an interrupt', () => {
  let dir: string;
  beforeEach(() => {
    dir = temporaryFolder();
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('amid the writing leaves no file', async () => {
    const stop = new AbortController();
    const out = join(dir, 'out.ndjson.zst');
    const file = join(projectRoot, 'dumps/production-day.csv.gz');
    const { watch } = countingWatch(() => 0);
    const rows: Watch['rows'] = () => {
      if (readdirSync(dir).length > 0) stop.abort();
    };
    const dump = await orderedDump([file], { signal: stop.signal, watch: { ...watch, rows } });
    await expect(writeRecords(out, dump.records(), stop.signal)).rejects.toThrow();
    dump.close();
    expect(stop.signal.aborted).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('while a server is silent ends the command at once, with 130 and nothing left', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = createServer(() => asked());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const temporary = mkdtempSync(join(dir, 'tmp-'));
    const args = [
      'dump',
      'pull',
      '--from',
      `trino://ana@127.0.0.1:${port}`,
      '--out',
      join(dir, 'out.ndjson'),
    ];
    const { child, ended } = start(args, { TMPDIR: temporary });
    await isAsked;
    child.kill('SIGINT');
    const { code, out } = await ended;
    server.closeAllConnections();
    server.close();
    expect([code, out]).toEqual([130, '']);
    expect(readdirSync(dir)).toEqual([temporary.slice(dir.length + 1)]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});
