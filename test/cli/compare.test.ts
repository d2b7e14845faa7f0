// The commands that read run folders, on folders written here: no process, no run.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { baselineCommand } from '../../src/cli/results/baseline.ts';
import { compareCommand } from '../../src/cli/results/compare.ts';
import { reportCommand } from '../../src/cli/results/report.ts';
import { trendCommand } from '../../src/cli/results/trend.ts';
import type { Comparison } from '../../src/compare/compare.ts';
import { createRecorder, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import { info, MS, SECOND, STARTED, sample } from '../measure/factory.ts';

const COMMANDS = [checkCommand, compareCommand, baselineCommand, reportCommand, trendCommand];

/** What a command says, and its exit number. */
async function rehearse(...args: readonly string[]) {
  const said: string[] = [];
  const warned: string[] = [];
  const context: CliContext = {
    ...{
      out: (text) => said.push(text),
      err: (text) => warned.push(text),
      terminal: false,
      colour: false,
      exit: 0,
    },
    signal: new AbortController().signal,
  };
  const program = new Command('rehearse');
  for (const command of COMMANDS) program.addCommand(command(context));
  await program.parseAsync(args, { from: 'user' });
  return { text: said.join('\n'), exit: context.exit, warned: warned.join('\n') };
}

let home: string;
const at = (name: string) => join(home, name);

/** A run of 900 queries that take so many times as long as usual. */
async function runFolder(
  name: string,
  factor: number,
  day: number,
  change: Partial<RunInfo> = {},
): Promise<void> {
  const samples = Array.from({ length: 900 }, (_, i) => {
    const sentUs = SECOND + i * 20 * MS;
    // Tuesday has other luck: runs that are the same to the microsecond say nothing of chance.
    const lengthMs = (40 + ((i * 7919) % 200)) * factor + (name === 'tuesday' ? i % 3 : 0);
    const lastUs = Math.round(sentUs + lengthMs * MS);
    return sample(i, { sentUs, fingerprint: `f${i % 5}`, firstRowUs: lastUs, lastUs });
  });
  const recorder = await createRecorder(at(name));
  for (const event of STARTED) recorder.event(event);
  for (const one of samples) recorder.sample(one);
  await recorder.close();
  const planned = { gateway: 900, baseline: 0, noise: 0, pairs: 0, sha256: 'one plan' };
  const startedAt = new Date(Date.UTC(2026, 10, day)).toISOString();
  writeRunInfo(at(name), info(samples, { id: name, planned, startedAt, ...change }));
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'compare-'));
  await runFolder('monday', 1, 2);
  await runFolder('tuesday', 1, 3);
  await runFolder('wednesday', 1.3, 4);
  // Limits that no generator keeps, and a gate that this run misses.
  await runFolder('unfit', 1, 5, { judge: { ...info([]).judge, lagMaxLimitMs: -1, lagP99LimitMs: -1 } });
  await runFolder('failed', 1, 6, { scenario: { gates: ['latency.service.p50 < 1ms'] } });
});

describe('runs against each other', () => {
  test('by their folders, and by a name that one was kept under', async () => {
    const store = at('baselines');
    expect((await rehearse('baseline', 'save', at('monday'), '--name', 'main', '--dir', store)).text).toBe(
      join(store, 'main.json'),
    );
    expect((await rehearse('baseline', 'list', '--dir', store)).text).toBe('main');
    const byFolder = await rehearse('compare', at('monday'), at('wednesday'), '--json');
    const byName = await rehearse('compare', 'main', at('wednesday'), '--json', '--dir', store);
    expect(byName.text).toBe(byFolder.text);
    const comparison = JSON.parse(byName.text) as Comparison;
    expect(comparison).toMatchObject({ samePlan: true, advisory: false, base: { id: 'monday' } });
    expect(comparison.shifts.find((s) => s.clock === 'service' && s.q === 0.9)?.change).toBe('slower');
    expect(comparison.statements.map((s) => s.change)).toEqual(Array.from({ length: 5 }, () => 'slower'));
  });

  test('a flag of old names the command that took its place', async () => {
    await expect(rehearse('report', at('monday'), '--beside', at('tuesday'))).rejects.toThrow(
      `--beside is gone: use \`rehearse compare ${at('monday')} ${at('tuesday')} --format markdown\``,
    );
  });

  test('several at once, in every form', async () => {
    const runs = [at('monday'), at('tuesday'), at('wednesday')];
    const text = (await rehearse('compare', ...runs)).text;
    expect(text).toMatch(/^tuesday \(passed\), wednesday \(passed\) against monday \(passed\)/);
    expect(text).toContain('No difference of times shown');
    expect(text).toContain('Slower at service p50');
    expect((await rehearse('compare', ...runs, '--format', 'markdown')).text).toMatch(
      /^## tuesday \\\(passed\\\), wednesday \\\(passed\\\) against/,
    );
    const file = at('compare.html');
    await rehearse('compare', ...runs, '--format', 'html', '--out', file);
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);
  });

  test('a gate counts from the stored run', async () => {
    const gates = at('ci.gates');
    writeFileSync(gates, '# held against monday\nlatency.service.p90 < stored + max(5ms, 10%)\n');
    const judge = (run: string, ...more: readonly string[]) =>
      rehearse('check', at(run), '--gates', gates, '--line', ...more);
    expect(await judge('tuesday', '--baseline', at('monday'))).toMatchObject({ exit: 0 });
    const slow = await judge('wednesday', '--baseline', at('monday'));
    expect(slow.exit).toBe(4);
    expect(slow.text).toMatch(/^FAILED test: 1 of 2 gates failed: latency\.service\.p90 < stored/);
    expect(slow.text.split('\n')).toHaveLength(1);
    const alone = await judge('wednesday');
    expect(alone.exit).toBe(5);
    expect(alone.text).toContain('name one with --baseline');
  });
});

describe('a run that did not pass', () => {
  test('is no baseline when it is invalid, unless by force', async () => {
    const save = (...more: string[]) =>
      rehearse('baseline', 'save', at('unfit'), '--name', 'unfit', '--dir', at('store'), ...more);
    await expect(save()).rejects.toThrow(
      /It is not kept, since unfit is invalid: the instrument was not fit/,
    );
    expect((await rehearse('baseline', 'list', '--dir', at('store'))).text).toBe('');
    expect((await save('--force')).warned).toMatch(/^warning: kept, although unfit is invalid/);
    const { text } = await rehearse('compare', 'unfit', at('monday'), '--dir', at('store'));
    expect(text).toMatch(/^monday \(passed\) against unfit \(invalid\)\n\nOne of the two is invalid/);
  });

  test('is kept with a warning when it failed', async () => {
    const { warned } = await rehearse('baseline', 'save', at('failed'), '--name', 'f', '--dir', at('store'));
    expect(warned).toMatch(
      /^warning: kept, although failed failed: 1 of 2 gates failed: latency\.service\.p50/,
    );
  });

  test('is told by --baseline; gates count from no invalid one', async () => {
    const gates = at('stored.gates');
    writeFileSync(gates, 'latency.service.p90 < stored + max(5ms, 10%)\n');
    const judged = await rehearse(
      'check',
      at('tuesday'),
      '--gates',
      gates,
      '--line',
      '--baseline',
      at('unfit'),
    );
    expect(judged.exit).toBe(5);
    expect(judged.text).toContain('the stored run cannot judge it (unfit is invalid');
    expect(judged.warned).toMatch(/^warning: --baseline .*unfit: unfit is invalid/);
  });

  test('was judged as its folder says, unless its record is unfit', async () => {
    const verdict = {
      formatVersion: 1,
      result: 'inconclusive',
      reason: 'of three looks',
      gates: [],
      exit: 5,
    };
    for (const name of ['tuesday', 'unfit']) {
      writeFileSync(join(at(name), 'verdict.json'), JSON.stringify(verdict));
    }
    const { text } = await rehearse('compare', at('unfit'), at('tuesday'));
    expect(text).toMatch(/^tuesday \(inconclusive\) against unfit \(invalid\)/);
  });

  test('is in no series of a trend when it is invalid, unless asked for', async () => {
    const file = at('mixed.ndjson');
    for (const run of ['monday', 'unfit']) await rehearse('trend', file, '--add', at(run));
    const { text } = await rehearse('trend', file);
    expect(text).toMatch(/^Trends over 2 runs of 1 scenario \(1 passed, 1 invalid\)/);
    const values = async (...more: string[]) =>
      (JSON.parse((await rehearse('trend', file, '--json', ...more)).text) as { values: number[] }[])[0]
        ?.values;
    expect([await values(), await values('--invalid')].map((v) => v?.length)).toEqual([1, 2]);
  });
});

test('samples that were changed after the run: check calls it invalid, report warns, and the verdict names the digest', async () => {
  await runFolder('changed', 1, 9);
  const dir = at('changed');
  const file = join(dir, 'samples.parquet');
  const samplesSha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  const record = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as RunInfo;
  writeRunInfo(dir, { ...record, written: { events: STARTED.length, samples: 900, told: 0, samplesSha256 } });
  expect(JSON.parse((await rehearse('check', dir, '--json')).text)).toMatchObject({
    result: 'pass',
    samplesSha256,
  });
  copyFileSync(join(at('tuesday'), 'samples.parquet'), file);
  const changed = await rehearse('check', dir, '--line');
  expect([changed.exit, changed.text]).toEqual([
    6,
    expect.stringContaining('samples.parquet is not what the run wrote'),
  ]);
  const rendered = await rehearse('report', dir);
  expect(rendered.warned).toMatch(/^warning: samples\.parquet is not what the run wrote/);
});

describe('many runs', () => {
  test('a history grows run by run', async () => {
    const file = at('history.ndjson');
    for (const day of ['monday', 'tuesday', 'wednesday'])
      await rehearse('trend', file, '--add', at(day), '--label', `commit of ${day}`);
    const all = JSON.parse((await rehearse('trend', file, '--json')).text) as {
      figure: string;
      values: number[];
    }[];
    const p95 = all.find((trend) => trend.figure === 'latency.service.p95')?.values ?? [];
    expect(p95).toHaveLength(3);
    expect(p95[2]).toBeCloseTo((p95[0] ?? 0) * 1.3, 3);
    expect((await rehearse('trend', file)).text).toMatch(/^Trends over 3 runs/);
  });

  test('what cannot be taken in is named, with why', async () => {
    const { text, warned } = await rehearse('trend', home, '--json');
    expect([JSON.parse(text), warned]).toEqual([
      [],
      expect.stringContaining('monday was passed over: it has no verdict.json'),
    ]);
    expect((await rehearse('trend', home)).text).toContain('monday was passed over: it has no verdict.json.');
    const { warned: listed } = await rehearse('report', home, '--index');
    expect(listed).toContain('wednesday was passed over: it has no verdict.json');
    const dir = at('torn store');
    mkdirSync(dir);
    writeFileSync(join(dir, 'torn.json'), '{');
    const stored = await rehearse('baseline', 'list', '--dir', dir);
    expect(stored).toMatchObject({ text: 'torn', warned: expect.stringMatching(/^warning: .*torn\.json: /) });
  });

  test('an unknown figure is refused, with the nearest one', async () => {
    await expect(rehearse('trend', at('history.ndjson'), '--figure', 'drops.totl')).rejects.toThrow(
      /unknown figure "drops\.totl"; did you mean "drops\.total"/,
    );
  });
});
