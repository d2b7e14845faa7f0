import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { type ComparableRun, comparableRun } from '../../src/compare/comparable.ts';
import { compareRuns, storedReferences } from '../../src/compare/compare.ts';
import { describeComparisons, headline } from '../../src/compare/describe.ts';
import { documentHtml, documentMarkdown, documentText } from '../../src/compare/document.ts';
import { findRun, storedNames, storeRun } from '../../src/compare/store.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { lostSubmit, MS, record, SECOND, sample } from '../measure/factory.ts';

interface Made {
  readonly seed: number;
  /** Statement f3 takes so many times as long. */
  readonly f3?: number;
  readonly all?: number;
  readonly drops?: number;
  readonly info?: Partial<RunInfo>;
}

/** 1,200 queries of ten statements; the same plan in every run, other luck. */
function made({ seed, f3 = 1, all = 1, drops = 0, info = {} }: Made): ComparableRun {
  const lengths = seededRandom(1, 'lengths');
  const luck = seededRandom(seed, 'luck');
  const samples = Array.from({ length: 1200 }, (_, i) => {
    const baseMs = 20 + 400 * lengths.next() ** 3;
    const fingerprint = `f${i % 10}`;
    const factor = all * (fingerprint === 'f3' ? f3 : 1) * (0.9 + 0.2 * luck.next());
    const sentUs = SECOND + i * 20 * MS;
    if (i < drops) return lostSubmit(i, { sentUs, httpStatus: 500 });
    return sample(i, { sentUs, fingerprint, lastUs: Math.round(sentUs + baseMs * factor * MS) });
  });
  const planned = { gateway: 1200, baseline: 0, pairs: 0, sha256: 'plan' };
  const run = record(samples, [], {
    id: `run-${seed}`,
    planned,
    versions: { node: '24' },
    machine: { cpu: 'x' },
    ...info,
  });
  return comparableRun(run, summarise(run, { resamples: 100 }));
}

const base = made({ seed: 1 });

describe('two runs of one plan', () => {
  it('that are alike show no difference', () => {
    const comparison = compareRuns(base, made({ seed: 2 }));
    expect(comparison).toMatchObject({ samePlan: true, environment: [], advisory: false, figures: [] });
    expect(comparison.shifts.map((s) => `${s.clock} ${s.q}`)).toEqual([
      ...['service 0.5', 'service 0.9', 'service 0.95', 'service 0.99'],
      ...['response 0.5', 'response 0.9', 'response 0.95', 'response 0.99'],
    ]);
    expect(new Set(comparison.shifts.map((s) => s.change))).toEqual(new Set(['no difference shown']));
    expect(comparison.statements.filter((s) => s.change !== 'no difference shown')).toEqual([]);
    expect(headline(comparison)).toBe('no difference of times shown; same plan.');
  });

  it('of which one is 10 % slower show it, at every quantile, with intervals around the truth', () => {
    const { shifts } = compareRuns(base, made({ seed: 3, all: 1.1 }));
    for (const shift of shifts.filter((s) => s.q <= 0.95)) {
      expect(shift.change).toBe('slower');
      expect(shift.lowMs).toBeLessThan(shift.baseMs * 0.1);
      expect(shift.highMs).toBeGreaterThan(shift.baseMs * 0.1);
    }
    const faster = compareRuns(made({ seed: 3, all: 1.1 }), base).shifts.find((s) => s.q === 0.5);
    expect(faster?.change).toBe('faster');
  });

  it('name the statement that became slower, by its fingerprint, before all others', () => {
    const { statements } = compareRuns(base, made({ seed: 4, f3: 3 }));
    expect(statements[0]).toMatchObject({ fingerprint: 'f3', change: 'slower', baseN: 120, runN: 120 });
    expect(statements.filter((s) => s.change === 'slower')).toHaveLength(1);
    expect(statements[0]?.costMs).toBeCloseTo((statements[0]?.shiftMs ?? 0) * 120, 6);
  });

  it('tell what users lost', () => {
    const { figures } = compareRuns(base, made({ seed: 5, drops: 3 }));
    expect(figures.find((f) => f.figure === 'drops.total')).toEqual({
      ...{ figure: 'drops.total', unit: 'count', base: 0, run: 3 },
    });
  });
});

describe('runs that were not made alike', () => {
  it.each<[string, Partial<RunInfo>, boolean]>([
    ['another processor', { machine: { cpu: 'y' } }, true],
    ['another Node', { versions: { node: '25' } }, true],
    ['another gateway, which is what is compared', { gateway: 'next release' }, false],
  ])('%s', (_, info, advisory) => {
    const comparison = compareRuns(base, made({ seed: 6, info }));
    expect(comparison.environment).toHaveLength(1);
    expect(comparison.advisory).toBe(advisory);
  });

  it('another plan informs and does not judge', () => {
    const planned = { gateway: 1200, baseline: 0, pairs: 0, sha256: 'other' };
    const comparison = compareRuns(base, made({ seed: 7, info: { planned } }));
    expect(comparison).toMatchObject({ samePlan: false, advisory: true });
    expect(headline(comparison)).toMatch(/different plans.*inform and do not judge/);
  });
});

describe('a comparison', () => {
  const document = describeComparisons([
    compareRuns(base, made({ seed: 4, f3: 3, drops: 2, info: { machine: { cpu: '<b>|y</b>' } } })),
  ]);

  it('names the surroundings first', () => {
    const headings = document.parts.flatMap((part) => ('heading' in part ? [part.heading] : []));
    expect(headings).toEqual([
      ...[
        'What differs around them',
        'Drops, errors, routing',
        'Times by quantile',
        'Most changed statements',
      ],
    ]);
    const text = documentText(document);
    expect(text.indexOf('machine: cpu')).toBeLessThan(text.indexOf('drops.total'));
  });

  it('is markup of nobody, in Markdown and in HTML', () => {
    expect(documentMarkdown(document)).toContain('&lt;b&gt;\\|y&lt;/b&gt;');
    const html = documentHtml(document);
    expect(html).toContain('&lt;b&gt;|y&lt;/b&gt;');
    expect(html).not.toMatch(/<script|src=|href=/);
    expect(html).toContain("default-src 'none'");
  });

  it('gives limits something to count from', () => {
    const run = made({ seed: 3, all: 1.1, drops: 2 });
    const references = storedReferences(compareRuns(base, run), base, run);
    expect(references['drops.total']).toMatchObject({ value: 0, shift: 2 });
    const p95 = references['latency.service.p95'];
    expect(p95?.low).toBeLessThan(p95?.shift ?? 0);
    expect(p95?.high).toBeGreaterThan(p95?.shift ?? 0);
    expect(p95?.n).toBe(run.counts.finished);
  });
});

describe('the store', () => {
  it('keeps a run and gives it back', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'baselines-'));
    const file = storeRun(base, 'main', dir);
    expect(storedNames(dir)).toEqual(['main']);
    expect(await findRun('main', dir)).toEqual(JSON.parse(JSON.stringify(base)));
    expect(await findRun(file)).toEqual(JSON.parse(JSON.stringify(base)));
    expect(JSON.stringify(base).length).toBeLessThan(300_000);
  });

  it.each([
    ['nowhere', /no such folder, file or stored run \(.* holds none\)/],
    ['other.json', /the file is no stored run/],
  ])('%s is refused', async (where, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'baselines-'));
    writeFileSync(join(dir, 'foreign'), '{}');
    const name = where === 'other.json' ? join(dir, 'foreign') : where;
    await expect(findRun(name, join(dir, 'store'))).rejects.toThrow(message);
  });

  it('takes no name that leads elsewhere', () => {
    expect(() => storeRun(base, '../up', tmpdir())).toThrow(/a baseline's name has letters/);
  });
});
