import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { type ComparableRun, comparableRun } from '../../src/compare/comparable.ts';
import { compareRuns, storedReferences } from '../../src/compare/compare.ts';
import { describeComparisons, headline } from '../../src/compare/describe.ts';
import { differencesOf } from '../../src/compare/differences.ts';
import { documentMarkdown, documentText } from '../../src/compare/document.ts';
import { documentHtml } from '../../src/compare/page.ts';
import type { Standing } from '../../src/compare/standing.ts';
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
  readonly verdict?: Standing;
}

const PASSED: Standing = { result: 'pass', reason: 'all 2 gates hold' };
const UNFIT: Standing = { result: 'invalid', reason: 'the instrument was not fit: schedule lag p99 662 ms' };

/** 1,200 queries of ten statements; the same plan in every run, other luck. */
function made({ seed, f3 = 1, all = 1, drops = 0, info = {}, verdict = PASSED }: Made): ComparableRun {
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
  return comparableRun(run, summarise(run, { resamples: 100 }), verdict);
}

const base = made({ seed: 1 });

describe('two runs of one plan', () => {
  it('that are alike show no difference', () => {
    const comparison = compareRuns(base, made({ seed: 2 }));
    expect(comparison).toMatchObject({ samePlan: true, differences: [], advisory: false, figures: [] });
    expect(comparison.shifts.map((s) => `${s.clock} ${s.q}`)).toEqual([
      ...['service 0.5', 'service 0.9', 'service 0.95', 'service 0.99'],
      ...['response 0.5', 'response 0.9', 'response 0.95', 'response 0.99'],
    ]);
    expect(new Set(comparison.shifts.map((s) => s.change))).toEqual(new Set(['no difference shown']));
    expect(comparison.statements.filter((s) => s.change !== 'no difference shown')).toEqual([]);
    expect(headline(comparison)).toBe('No difference of times shown; same plan.');
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
    expect(comparison.differences).toHaveLength(1);
    expect(comparison.advisory).toBe(advisory);
  });

  it('another plan informs and does not judge', () => {
    const planned = { gateway: 1200, baseline: 0, pairs: 0, sha256: 'other' };
    const comparison = compareRuns(base, made({ seed: 7, info: { planned } }));
    expect(comparison).toMatchObject({ samePlan: false, advisory: true });
    expect(headline(comparison)).toMatch(/^Not made alike.*inform and do not judge.*different plans/);
  });
});

describe('a comparison', () => {
  const document = describeComparisons([
    compareRuns(base, made({ seed: 4, f3: 3, drops: 2, info: { machine: { cpu: '<b>|y</b>' } } })),
  ]);

  it('names the surroundings first', () => {
    const headings = document.parts.flatMap((part) => ('heading' in part ? [part.heading] : []));
    expect(headings).toEqual([
      ...['What differs around them', 'Drops, errors, routing', 'Times by quantile', 'Statements'],
    ]);
    const text = documentText(document);
    expect(text.indexOf('machine: cpu')).toBeLessThan(text.indexOf('drops.total'));
  });

  it('is markup of nobody, in Markdown and in HTML', () => {
    expect(documentMarkdown(document)).toContain('&lt;b&gt;\\|y&lt;/b&gt;');
    const html = documentHtml(document);
    expect(html).toContain('&lt;b&gt;|y&lt;/b&gt;');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/ src=|href="(?!#|data:image)/);
    expect(html).toContain('default-src &#39;none&#39;; script-src &#39;sha256-');
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

describe('the verdicts of both', () => {
  const slow = { seed: 3, all: 1.1 };

  it('stand in the first line, in every form', () => {
    const document = describeComparisons([compareRuns(base, made({ ...slow, verdict: UNFIT }))]);
    const first = 'run-3 (invalid) against run-1 (passed)';
    expect(documentText(document).split('\n')[0]).toBe(first);
    expect(documentMarkdown(document).split('\n')[0]).toBe(`## ${first.replace(/[()]/g, '\\$&')}`);
    expect(documentHtml(document)).toContain(`<h1>${first}</h1>`);
  });

  it.each<[string, Standing, Standing, RegExp]>([
    ['the base', UNFIT, PASSED, /^One of the two is invalid, so the times inform and do not judge; slower/],
    ['the run', PASSED, UNFIT, /^One of the two is invalid/],
    ['both', UNFIT, UNFIT, /^Both runs are invalid/],
  ])('an invalid one judges nothing, and says why: %s', (_, ofBase, ofRun, words) => {
    const comparison = compareRuns({ ...base, verdict: ofBase }, made({ ...slow, verdict: ofRun }));
    expect(comparison.advisory).toBe(true);
    expect(comparison.advisoryBecause.join()).toContain('is invalid: the instrument was not fit');
    expect(headline(comparison)).toMatch(words);
    expect(documentText(describeComparisons([comparison]))).toContain('schedule lag p99 662 ms');
  });

  it('a failed one judges, and is told', () => {
    const failed: Standing = { result: 'fail', reason: 'drops.avoidable == 0: 3' };
    const comparison = compareRuns(base, made({ ...slow, verdict: failed }));
    expect(comparison.advisory).toBe(false);
    expect(comparison.caveats).toEqual(['run-3 failed: drops.avoidable == 0: 3']);
  });

  it('are missing in what was stored before they were kept', () => {
    const { verdict: _, scenario: __, ...old } = base;
    const comparison = compareRuns(old, made({ seed: 2 }));
    expect(describeComparisons([comparison]).title).toBe('run-2 (passed) against run-1 (verdict not kept)');
    expect(comparison).toMatchObject({ advisory: false, differences: [] });
    expect(comparison.caveats.join()).toMatch(/the configuration is not compared/);
  });

  it.each([
    [3, 0],
    [40, 1],
  ])('%i lost queries of 1 200 are a caveat of the times: %i', (drops, caveats) => {
    const comparison = compareRuns(base, made({ seed: 5, drops }));
    expect(
      comparison.caveats.filter((text) => /times are those of finished queries/.test(text)),
    ).toHaveLength(caveats);
    if (caveats > 0) expect(comparison.caveats.join()).toMatch(/0 % of 1.200 .* against 3\.33 % of 1.200/);
  });

  it('of a share the change is in percentage points', () => {
    const text = documentText(describeComparisons([compareRuns(made({ seed: 5, drops: 3 }), base)]));
    expect(text).toMatch(/drops\.rate +0\.25 % +0 % +−0\.25 percentage points/);
  });
});

describe('the scenarios as resolved', () => {
  const kill = { at: 9000, kill: { cluster: 'bi-blue' } };
  const scenario = {
    ...{ name: 'daily', description: 'a day', seed: 7, gates: ['drops.total == 0', 'drops.wrong == 0'] },
    dump: { files: ['a.csv'], sample: 1 },
    load: { speed: 2880, client: 'trino-python', stopWhen: {} },
    gateway: { config: { monitor: { taskDelay: '500ms' }, store: { password: 'old secret' } } },
    fleet: {
      settings: { maxRunning: 40 },
      clusters: [
        { name: 'a', active: true },
        { name: 'b', active: false },
      ],
    },
    timeline: [{ at: 8000, roll: { group: 'bi' } }, kill],
    judge: { lagP99: 250 },
  };
  type Scenario = typeof scenario;
  const withScenario = (change: (copy: Scenario) => void) => {
    const copy = structuredClone(scenario);
    change(copy);
    return { ...before, scenario: copy };
  };
  const before: ComparableRun = { ...base, scenario };
  const told = (run: ComparableRun) =>
    differencesOf(before, run).map((d) => [d.area, d.what, d.base, d.run, d.bearsOnTimes]);

  it('what stood in a file of routing rules, though it has the same name', () => {
    const gatewayKey = 'gateway.config.routingRules.rulesConfigPath';
    const baselineKey = 'baseline.config.routingRules.rulesConfigPath';
    const withRules = (digests: Readonly<Record<string, string>>): ComparableRun => {
      const made = record([sample(1)], [], { rules: digests });
      return { ...before, environment: comparableRun(made, summarise(made)).environment };
    };
    const digest = (n: number) => String(n).repeat(64);
    const old = withRules({ [gatewayKey]: digest(1), [baselineKey]: digest(1) });
    const differences = (run: ComparableRun) =>
      differencesOf(old, run).map((d) => [d.area, d.what, d.base, d.run, d.bearsOnTimes]);
    const short = (n: number) => digest(n).slice(0, 16);
    expect(differences(old)).toEqual([]);
    expect(differences(withRules({ [gatewayKey]: digest(2), [baselineKey]: digest(3) }))).toEqual([
      ['load', `content of ${baselineKey}`, short(1), short(3), true],
      ['gateway', `content of ${gatewayKey}`, short(1), short(2), false],
    ]);
    // Stored before there were digests.
    expect(differences(withRules({}))).toEqual([]);
  });

  it.each<[string, (copy: Scenario) => void, readonly unknown[]]>([
    [
      'load',
      (s) => {
        s.load.speed = 2000;
      },
      ['load', 'load.speed', '2880', '2000', true],
    ],
    [
      'client',
      (s) => {
        s.load.client = 'jdbc';
      },
      ['load', 'load.client', 'trino-python', 'jdbc', true],
    ],
    [
      'gateway',
      (s) => {
        s.gateway.config.monitor.taskDelay = '5s';
      },
      ['gateway', 'gateway.config.monitor.taskDelay', '500ms', '5s', false],
    ],
    [
      'fleet',
      (s) => {
        s.fleet.settings.maxRunning = 4;
      },
      ['fleet', 'fleet.settings.maxRunning', '40', '4', true],
    ],
    [
      'a cluster among others, by its name',
      (s) => {
        s.fleet.clusters.shift();
      },
      ['fleet', 'fleet.clusters[a]', '{"name":"a","active":true}', '–', true],
    ],
    [
      'an emptied timeline',
      (s) => {
        s.timeline = [];
      },
      ['fleet', 'timeline', '2: roll, kill', 'none', true],
    ],
    [
      'a gate',
      (s) => {
        s.gates.pop();
      },
      ['judging', 'gate drops.wrong == 0', 'set', '–', false],
    ],
  ])('are told where they differ: %s', (_, change, difference) => {
    expect(told(withScenario(change))).toEqual([difference]);
  });

  it('are alike whatever is said of them, wherever the dump lies, and in any order of gates', () => {
    const run = withScenario((s) => {
      s.description = 'another day';
      s.dump.files = ['b.csv'];
      s.gates.reverse();
    });
    expect(told(run)).toEqual([]);
    expect(documentText(describeComparisons([compareRuns(before, run)]))).toContain(
      'Made alike: plan, configuration',
    );
  });

  it('hold no secret, neither changed nor unchanged', () => {
    const run = withScenario((s) => {
      s.gateway.config.store.password = 'new secret';
    });
    const comparison = compareRuns(before, run);
    expect(JSON.stringify(comparison)).not.toMatch(/old secret|new secret/);
  });

  it('and the settings that judged, which a record may have other than its scenario', () => {
    const judge = { ...(before.judge as NonNullable<ComparableRun['judge']>), lagP99LimitMs: 9000 };
    expect(told({ ...before, judge })).toEqual([['judging', 'judge.lagP99LimitMs', '5', '9000', false]]);
  });

  it('a key that one of two versions of the program does not know yet bears on nothing', () => {
    const added = { scenario: { ...scenario, load: { ...scenario.load, threads: 1 } } };
    const bears = (versions: Record<string, string>) =>
      compareRuns(before, made({ seed: 2, info: { ...added, versions: { node: '24', ...versions } } }))
        .advisory;
    expect([bears({}), bears({ rehearse: '9' })]).toEqual([true, false]);
  });

  it('of a hundred differences twenty are listed, of every area some, and JSON has all', () => {
    const run = withScenario((s) => {
      Object.assign(s.load, Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`key${i}`, i])));
      s.gateway.config.monitor.taskDelay = '5s';
    });
    const comparison = compareRuns(before, run);
    expect(comparison.differences).toHaveLength(100);
    const text = documentText(describeComparisons([comparison]));
    expect(text.match(/load\.key/g)).toHaveLength(19 + 4);
    expect(text).toContain('gateway.config.monitor.taskDelay');
    expect(text).toContain('… and 80 more differences');
    expect(text).not.toContain('Made alike');
  });
});

describe('the store', () => {
  it('keeps no secret, whatever the record holds', () => {
    const store = { password: 'open sesame', url: 'jdbc:mysql://me:sesame@db/x' };
    const run = made({ seed: 9, info: { scenario: { gateway: { config: { store } } } } });
    const file = storeRun(run, 'main', mkdtempSync(join(tmpdir(), 'baselines-')));
    expect(readFileSync(file, 'utf8')).toContain('***');
    expect(readFileSync(file, 'utf8')).not.toContain('sesame');
  });

  it('keeps no SQL, and a comparison shows the shape that the other run knows', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'baselines-'));
    const shaped = (run: ComparableRun) => ({
      ...run,
      statements: run.statements.map((s) => ({ ...s, text: `SELECT ${s.fingerprint}` })),
    });
    storeRun(shaped(base), 'main', dir);
    const stored = await findRun('main', dir);
    expect(JSON.stringify(stored)).not.toContain('SELECT');
    const { statements } = compareRuns(stored, shaped(made({ seed: 4, f3: 3 })));
    expect(statements[0]).toMatchObject({ fingerprint: 'f3', text: 'SELECT f3' });
  });

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
    ['empty.json', /it has no id, or one of another kind/],
  ])('%s is refused', async (where, message) => {
    const dir = mkdtempSync(join(tmpdir(), 'baselines-'));
    writeFileSync(join(dir, 'other.json'), '{}');
    writeFileSync(join(dir, 'empty.json'), '{"kind":"rehearse-comparable-run","formatVersion":1}');
    const name = where.endsWith('.json') ? join(dir, where) : where;
    await expect(findRun(name, join(dir, 'store'))).rejects.toThrow(message);
  });

  it('takes no name that leads elsewhere', () => {
    expect(() => storeRun(base, '../up', tmpdir())).toThrow(/a baseline's name has letters/);
  });
});
