// The commands that read run folders, on folders written here: no process, no run.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { baselineCommand } from '../../src/cli/results/baseline.ts';
import { compareCommand } from '../../src/cli/results/compare.ts';
import { trendCommand } from '../../src/cli/results/trend.ts';
import type { Comparison } from '../../src/compare/compare.ts';
import { createRecorder, writeRunInfo } from '../../src/measure/record/record-folder.ts';
import { info, MS, SECOND, STARTED, sample } from '../measure/factory.ts';

const COMMANDS = [checkCommand, compareCommand, baselineCommand, trendCommand];

/** What a command says, and its exit number. */
async function rehearse(...args: readonly string[]) {
  const said: string[] = [];
  const context: CliContext = {
    ...{ out: (text) => said.push(text), err: () => {}, terminal: false, colour: false, exit: 0 },
    signal: new AbortController().signal,
  };
  const program = new Command('rehearse');
  for (const command of COMMANDS) program.addCommand(command(context));
  await program.parseAsync(args, { from: 'user' });
  return { text: said.join('\n'), exit: context.exit };
}

let home: string;
const at = (name: string) => join(home, name);

/** A run of 900 queries that take so many times as long as usual. */
async function runFolder(name: string, factor: number, day: number): Promise<void> {
  const samples = Array.from({ length: 900 }, (_, i) => {
    const sentUs = SECOND + i * 20 * MS;
    const lengthMs = (40 + ((i * 7919) % 200)) * factor;
    return sample(i, { sentUs, fingerprint: `f${i % 5}`, lastUs: Math.round(sentUs + lengthMs * MS) });
  });
  const recorder = await createRecorder(at(name));
  for (const event of STARTED) recorder.event(event);
  for (const one of samples) recorder.sample(one);
  await recorder.close();
  const planned = { gateway: 900, baseline: 0, noise: 0, pairs: 0, sha256: 'one plan' };
  const startedAt = new Date(Date.UTC(2026, 10, day)).toISOString();
  writeRunInfo(at(name), info(samples, { id: name, planned, startedAt }));
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'compare-'));
  await runFolder('monday', 1, 2);
  await runFolder('tuesday', 1, 3);
  await runFolder('wednesday', 1.3, 4);
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

  test('several at once, in every form', async () => {
    const runs = [at('monday'), at('tuesday'), at('wednesday')];
    const text = (await rehearse('compare', ...runs)).text;
    expect(text).toMatch(/^tuesday, wednesday against monday/);
    expect(text).toContain('no difference of times shown');
    expect(text).toContain('slower at service p50');
    expect((await rehearse('compare', ...runs, '--format', 'markdown')).text).toMatch(
      /^## tuesday, wednesday against/,
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

  test('an unknown figure is refused, with the nearest one', async () => {
    await expect(rehearse('trend', at('history.ndjson'), '--figure', 'drops.totl')).rejects.toThrow(
      /unknown figure "drops\.totl"; did you mean "drops\.total"/,
    );
  });
});
