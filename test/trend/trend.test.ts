import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { documentText } from '../../src/compare/document.ts';
import { documentHtml } from '../../src/compare/page.ts';
import { changePoints } from '../../src/trend/change-points.ts';
import { describeTrends, sparkline } from '../../src/trend/describe.ts';
import { appendHistory, type HistoryEntry, readHistory } from '../../src/trend/history.ts';
import { trends } from '../../src/trend/trend.ts';

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Levels of so many runs each, with noise of 5 % and an outlier in twenty. */
function series(seed: number, ...levels: readonly (readonly [number, number])[]): number[] {
  const random = seededRandom(seed, 'series');
  return levels.flatMap(([level, runs]) =>
    Array.from(
      { length: runs },
      () => level * (1 + 0.05 * normal(random)) * (random.next() < 0.05 ? 1.5 : 1),
    ),
  );
}

const found = (values: readonly number[], seed = 1) =>
  changePoints(values, { random: seededRandom(seed, 'p') });

describe('change points', () => {
  it.each<[string, readonly (readonly [number, number])[], readonly number[]]>([
    [
      'one step',
      [
        [10, 30],
        [13, 30],
      ],
      [30],
    ],
    [
      'a step up and back',
      [
        [10, 25],
        [14, 25],
        [10, 25],
      ],
      [25, 50],
    ],
    [
      'three levels',
      [
        [10, 20],
        [13, 20],
        [17, 20],
      ],
      [20, 40],
    ],
    [
      'a step near the end',
      [
        [10, 40],
        [15, 6],
      ],
      [40],
    ],
  ])('%s', (_, levels, wanted) => {
    for (let seed = 0; seed < 5; seed++) {
      const points = found(series(seed, ...levels));
      expect(points.map((p) => p.index)).toHaveLength(wanted.length);
      for (const [i, p] of points.entries())
        expect(Math.abs(p.index - (wanted[i] ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  it('tell the level before and after', () => {
    const [point] = found(series(1, [10, 30], [13, 30]));
    expect(point?.before).toBeCloseTo(10, 0);
    expect(point?.after).toBeCloseTo(13, 0);
    expect(point?.p).toBeLessThanOrEqual(0.01);
  });

  it('are hardly ever seen where nothing changed: at a level of 1 %, in at most five of a hundred series', () => {
    let wrong = 0;
    for (let seed = 0; seed < 100; seed++) if (found(series(seed, [10, 50]), seed).length > 0) wrong++;
    expect(wrong).toBeLessThanOrEqual(5);
  });

  it('of short and constant series there are none', () => {
    expect(found([])).toEqual([]);
    expect(found([1, 1, 1, 9, 9, 9])).toEqual([]);
    expect(found(Array.from({ length: 40 }, () => 5))).toEqual([]);
  });
});

const entry = (
  i: number,
  figures: Record<string, number>,
  change: Partial<HistoryEntry> = {},
): HistoryEntry => ({
  ...{ v: 1, id: `run-${i}`, name: 'daily', label: `c${i}`, planSha256: 'x', machine: 'm' },
  startedAt: new Date(Date.UTC(2026, 0, 1) + i * 86_400_000).toISOString(),
  figures,
  ...change,
});

it('names the runs from which on other rules held, or another plan was sent', () => {
  const rules = (digest: string) => ({ rules: { 'gateway.config.routingRules.rulesConfigPath': digest } });
  const runs = [
    entry(1, { 'drops.total': 0 }),
    entry(2, { 'drops.total': 0 }, rules('a')),
    entry(3, { 'drops.total': 0 }, rules('a')),
    entry(4, { 'drops.total': 0 }, rules('b')),
    entry(5, { 'drops.total': 0 }, { ...rules('c'), planSha256: 'y' }),
    entry(6, { 'drops.total': 0 }, { name: 'other', ...rules('d') }),
  ];
  const text = documentText(describeTrends(trends(runs), runs));
  expect(text).toContain('Not made as the run before it: c4 (routing rules), c5 (plan, routing rules).');
});

describe('a history', () => {
  it('is appended to, and never twice by the same run', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'history-')), 'deep', 'history.ndjson');
    expect(appendHistory(file, entry(2, { 'drops.total': 0 }))).toBe(true);
    expect(appendHistory(file, entry(1, { 'drops.total': 3 }))).toBe(true);
    expect(appendHistory(file, entry(2, { 'drops.total': 9 }))).toBe(false);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readHistory(file).map((e) => e.id)).toEqual(['run-1', 'run-2']);
  });

  it('with lines that are none is read without them, and they are named', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'history-')), 'h.ndjson');
    const odd = [
      { v: 2 },
      { ...entry(3, {}), figures: null },
      { ...entry(4, {}), figures: { x: 'y' } },
      null,
    ];
    writeFileSync(file, `${[entry(1, {}), ...odd].map((one) => JSON.stringify(one)).join('\n')}\n`);
    const bad: string[] = [];
    expect(readHistory(file, (text) => bad.push(text)).map((e) => e.id)).toEqual(['run-1']);
    expect(bad.map((text) => /:(\d+) is no line/.exec(text)?.[1])).toEqual(['2', '3', '4', '5']);
    expect(() => readHistory(`${file}.gone`)).toThrow(/no such file or folder/);
  });

  it.each([
    ['without its newline', '', ['run-1', 'run-2']],
    ['torn', '\n{"v":1,"id":"to', ['run-1', 'run-2']],
  ])('whose last line is %s loses nothing by the next one', (_, rest, ids) => {
    const file = join(mkdtempSync(join(tmpdir(), 'history-')), 'h.ndjson');
    writeFileSync(file, `${JSON.stringify(entry(1, {}))}${rest}`);
    expect(appendHistory(file, entry(2, {}))).toBe(true);
    expect(readHistory(file).map((e) => e.id)).toEqual(ids);
  });

  it('is a series for each scenario, machine and figure; the commit that changed one is named', () => {
    const values = series(2, [2, 20], [3, 20]);
    const history = values.map((ms, i) => entry(i, { 'overhead.submit.median': ms, 'drops.total': 0 }));
    const elsewhere = entry(99, { 'overhead.submit.median': 50 }, { machine: 'other' });
    const all = trends([...history, elsewhere]);
    expect(all.map((t) => [t.machine, t.figure, t.values.length, t.changes.length])).toEqual([
      ['m', 'overhead.submit.median', 40, 1],
      ['m', 'drops.total', 40, 0],
      ['other', 'overhead.submit.median', 1, 0],
    ]);
    const described = describeTrends(all, [...history, elsewhere]);
    expect(described.title).toBe('Trends over 41 runs of 1 scenario (41 with no verdict kept)');
    const rows = described.parts.flatMap((part) => ('rows' in part ? part.rows : []));
    expect(rows[0]?.slice(0, 2)).toEqual(['daily', 'overhead.submit.median']);
    expect(rows[0]?.[2]).toMatch(/^c(?:19|20|21)$/);
  });

  it('says how many runs of how many scenarios it read, what they were judged as, and which are left out', () => {
    const judged = (i: number, name: string, verdict: 'pass' | 'fail' | 'invalid') =>
      entry(i, { 'drops.rate': 0.1 }, { name, verdict });
    const runs = [
      judged(1, 'a', 'pass'),
      judged(2, 'a', 'pass'),
      judged(3, 'b', 'fail'),
      judged(4, 'c', 'invalid'),
    ];
    const document = describeTrends(trends(runs.slice(0, 3)), runs, runs.slice(3));
    expect(document.title).toBe('Trends over 4 runs of 3 scenarios (2 passed, 1 failed, 1 invalid)');
    expect(documentText(document)).toMatch(
      /Invalid runs are in no series.*--invalid takes them in\): run-4\./,
    );
  });

  it('tells the change of a share in percentage points', () => {
    const values = [...Array.from({ length: 20 }, () => 0.02), ...Array.from({ length: 20 }, () => 0.03)];
    const runs = values.map((rate, i) => entry(i, { 'drops.rate': rate }));
    expect(documentText(describeTrends(trends(runs, ['drops.rate']), runs))).toMatch(
      /2 % +3 % +\+1 percentage points/,
    );
  });

  it('has a page with a chart for each figure of three runs or more, and its values as a table', () => {
    const runs = [0.1, 0.2, 0.3].map((rate, i) => entry(i, { 'drops.rate': rate }, { verdict: 'fail' }));
    const page = documentHtml(describeTrends(trends(runs, ['drops.rate']), runs));
    expect(page.match(/<canvas /g)).toHaveLength(1);
    expect(page).toContain('"points":[[1,10],[2,20],[3,30]]');
    expect(page.match(/badge fail">Failed/g)).toHaveLength(3);
    const two = runs.slice(1);
    expect(documentHtml(describeTrends(trends(two, ['drops.rate']), two))).not.toContain('<canvas ');
  });

  it('draws itself', () => {
    expect(sparkline([1, 2, 3])).toBe('▁▅█');
    expect(sparkline([4, 4])).toBe('▁▁');
  });
});
