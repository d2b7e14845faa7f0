import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import { FIGURES } from '../../src/measure/figures/figures.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { EARLY, watchGates } from '../../src/run/fail-fast.ts';
import { readJudging, writeJudging } from '../../src/run/judging.ts';
import {
  confidenceOf,
  type LookFacts,
  type LookPlace,
  lookFacts,
  runUntilDecided,
  verdictOver,
} from '../../src/run/looks.ts';
import { event, idOn, killed, NEVER_SENT, record, SECOND, STARTED, sample } from '../measure/factory.ts';

const GATES = ['drops.total == 0', 'overhead.total.median < 5ms'];
const calm = summarise(record([]));
const fit = calm.validity.map((check) => ({ ...check, ok: true }));

/** A run with so many drops whose overhead lies between two bounds. */
function look(id: string, drops: number, low: number, high: number): LookFacts {
  const figures = {
    ...calm.figures,
    'drops.total': { unit: 'count', value: drops, n: 100 },
    'overhead.total.median': { unit: 'ms', value: (low + high) / 2, low, high, n: 100 },
  } as const;
  return lookFacts(id, false, { ...calm, validity: fit, figures });
}

async function decide(
  looks: readonly LookFacts[],
  options: { looks: number; confirm: boolean },
  interruptedAt = 0,
  gates = GATES,
) {
  const places: LookPlace[] = [];
  const all = await runUntilDecided(options, async (place, earlier) => {
    places.push(place);
    const look = looks[place.number - 1];
    if (look === undefined) return undefined;
    const facts = { ...look, confirms: place.confirms };
    const verdict = verdictOver([...earlier, facts], gates);
    return { facts, verdict, interrupted: place.number === interruptedAt };
  });
  const verdict = all.at(-1)?.verdict;
  return { all, verdict, places, runs: all.length, result: verdict?.result };
}

const open = look('open', 0, 4, 6);
const passes = look('passes', 0, 1, 2);
const fails = look('fails', 0, 6, 7);
const drops = look('drops', 1, 1, 2);

describe('looking again', () => {
  test.each<[string, readonly LookFacts[], { looks: number; confirm: boolean }, number, string]>([
    ['once is enough', [passes], { looks: 3, confirm: true }, 1, 'pass'],
    ['an open gate gets another look', [open, passes], { looks: 3, confirm: true }, 2, 'pass'],
    ['not more looks than declared', [open, open, passes], { looks: 2, confirm: true }, 2, 'inconclusive'],
    ['a failure is held to another run', [fails, fails], { looks: 1, confirm: true }, 2, 'fail'],
    [
      'and not reported when that does not fail',
      [fails, passes],
      { looks: 1, confirm: true },
      2,
      'inconclusive',
    ],
    ['unless nobody wants it', [fails, passes], { looks: 1, confirm: false }, 1, 'fail'],
    ['what was lost is lost', [drops, passes], { looks: 3, confirm: true }, 1, 'fail'],
    ['also in an earlier look', [open, drops], { looks: 3, confirm: true }, 2, 'fail'],
    ['and in the confirming run', [fails, drops], { looks: 1, confirm: true }, 2, 'fail'],
  ])('%s', async (_, looks, options, runs, result) => {
    expect(await decide(looks, options)).toMatchObject({ runs, result });
  });

  test.each<[string, readonly [number, number][], { looks: number; confirm: boolean }, number, string]>([
    // One that went astray went astray, and no other run takes it back.
    ['one mismatch needs no second opinion', [[1, 0]], { looks: 1, confirm: true }, 1, 'fail'],
    [
      'nor does a later look forget it',
      [
        [1, 1],
        [0, 0],
      ],
      { looks: 3, confirm: true },
      1,
      'fail',
    ],
    [
      'a look that found none does not excuse the next',
      [
        [0, 1],
        [1, 0],
      ],
      { looks: 2, confirm: true },
      2,
      'fail',
    ],
    [
      'none in all looks',
      [
        [0, 1],
        [0, 0],
      ],
      { looks: 2, confirm: false },
      2,
      'pass',
    ],
    [
      'a mismatch in the confirming run counts',
      [
        [0, 2],
        [1, 0],
      ],
      { looks: 1, confirm: true },
      2,
      'fail',
    ],
  ])('routing.correctness >= 100 % is a count: %s', async (_, all, options, runs, result) => {
    // 100 % with so many mismatches of 200, beside an overhead that passes (0), is open (1) or fails (2).
    const looks = all.map(([mismatches, overhead]) => {
      const base = [passes, open, fails][overhead] as LookFacts;
      const value = (200 - mismatches) / 200;
      const bounds = mismatches === 0 ? { low: 0.985, high: 1 } : { low: 0.972, high: 0.9999 };
      const correctness = { unit: 'ratio', value, n: 200, ...bounds } as const;
      return { ...base, figures: { ...base.figures, 'routing.correctness': correctness } };
    });
    const gates = ['routing.correctness >= 100 %', 'overhead.total.median < 5ms'];
    expect(await decide(looks, options, 0, gates)).toMatchObject({ runs, result });
  });

  test('every look works with its share of the 5 %', async () => {
    const { places } = await decide([open, open, fails, fails], { looks: 3, confirm: true });
    const confidences = places.map(({ confidence }) => confidence);
    expect(confidences.slice(0, 3)).toEqual([confidenceOf(3), confidenceOf(3), confidenceOf(3)]);
    expect(confidenceOf(3)).toBeCloseTo(0.98333, 5);
    expect(confidences[3]).toBe(0.95);
  });

  test('both results stand in the reason', async () => {
    const { verdict } = await decide([fails, passes], { looks: 1, confirm: true });
    expect(verdict?.gates[1]?.reason).toMatch(
      /all of it misses.*; not confirmed: in passes it was pass \(1\.5 ms/,
    );
  });

  test('the verdict names the runs that it is over', async () => {
    const { verdict } = await decide([open, passes], { looks: 2, confirm: false });
    expect(verdict?.reason).toBe('all 2 gates hold (over 2 runs: open, passes)');
    expect((await decide([passes], { looks: 2, confirm: false })).verdict?.reason).toBe('all 2 gates hold');
  });

  test('a folder judged again says what was said, and what was kept of the looks is enough for it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'judging-'));
    for (const [looks, options] of [
      [[fails, passes], { looks: 1, confirm: true }],
      [[open, passes], { looks: 2, confirm: false }],
      [[open, open, fails, fails], { looks: 3, confirm: true }],
    ] as const) {
      const { all, places, verdict } = await decide(looks, options);
      const facts = all.map((run) => run.facts);
      const last = facts.at(-1) as LookFacts;
      writeJudging(dir, {
        formatVersion: 1,
        look: places.at(-1) ?? null,
        earlier: facts.slice(0, -1),
        stored: null,
      });
      const { earlier, look: place } = readJudging(dir);
      expect(place).toEqual(places.at(-1));
      expect(verdictOver([...earlier, last], GATES)).toEqual(verdict);
    }
    writeFileSync(join(dir, 'judging.json'), '{"formatVersion":2}');
    expect(() => readJudging(dir)).toThrow(/judging.json has format version 2/);
    rmSync(dir, { recursive: true });
  });

  test('an interruption ends it', async () => {
    const { result, runs } = await decide([open, open, passes], { looks: 3, confirm: true }, 2);
    expect([result, runs]).toEqual(['inconclusive', 2]);
  });

  test('a wider confidence gives a wider interval', () => {
    const samples = Array.from({ length: 400 }, (_, i) =>
      sample(i, { sentUs: SECOND + i, lastUs: SECOND + i + ((i * 61_803) % 100_000) }),
    );
    const bound = (confidence: number) =>
      summarise(record(samples), { confidence }).figures['latency.service.p50']?.low ?? 0;
    expect(bound(0.99)).toBeLessThan(bound(0.95));
  });
});

describe('failing fast', () => {
  const bad: Partial<Sample> = { end: 'http-error', httpStatus: 500, stage: 'poll' };
  const error = (errorName: string): Partial<Sample> => ({ end: 'query-error', stage: 'poll', errorName });
  const full = error('QUERY_QUEUE_FULL');
  const onEtl = { queryId: idOn('etl-blue') };
  const at = (seconds: number) => ({ sentUs: seconds * SECOND, lastUs: (seconds + 0.1) * SECOND });
  const direct = { arm: 'baseline', target: 'bi-blue' } as const;
  const green = { queryId: idOn('bi-green') };
  const activated = event('cluster-activated', 20 * SECOND, { cluster: 'bi-green', tookMs: 12_000 });
  const activating = event('step-started', 8 * SECOND, { step: 'activate bi-green' });
  const outOfService = event('cluster-deactivated', SECOND, { cluster: 'bi-green' });
  type Happening = Partial<Sample> | 'kill' | RunEvent;

  function lost(
    gates: readonly string[],
    happenings: readonly Happening[],
    isWhole = true,
    hasDirect = false,
  ) {
    const told: string[] = [];
    const watch = watchGates(gates, (why) => told.push(why), { info: record([]).info, hasDirect, isWhole });
    for (const e of STARTED) watch.event(e);
    happenings.forEach((happening, i) => {
      if (happening === 'kill') for (const e of killed('bi-blue', SECOND)) watch.event(e);
      else if ('type' in happening) watch.event(happening);
      else watch.sample(sample(i, happening));
    });
    return told;
  }

  test.each<[string, string, readonly Happening[], boolean]>([
    ['a drop where none may be', 'drops.total == 0', [{}, bad], true],
    ['within what is allowed', 'drops.total <= 2', [bad, bad], false],
    ['beyond what is allowed', 'drops.total <= 2', [bad, bad, bad], true],
    ['at a strict limit', 'drops.total < 2', [bad, bad], true],
    ['a drop before any kill is avoidable', 'drops.avoidable == 0', [bad, 'kill'], true],
    [
      'one in flight on the killed process is not',
      'drops.avoidable == 0',
      ['kill', { ...bad, ...at(0.9), submittedUs: SECOND }],
      false,
    ],
    ['one long after a kill is', 'drops.avoidable == 0', ['kill', { ...bad, ...at(9), ...green }], true],
    ['turned away at once, without a direct arm', 'drops.avoidable == 0', [full], true],
    ['an error of the query’s own', 'drops.total == 0', [error('SYNTAX_ERROR')], false],
    ['is one that fails the same', 'failed.same == 0', [error('SYNTAX_ERROR')], true],
    [
      'an internal error, its twin not known yet',
      'drops.total == 0',
      [{ ...error('GENERIC_INTERNAL_ERROR'), pair: 1 }],
      false,
    ],
    [
      'that fails straight, too',
      'failed.same == 0',
      [
        { ...error('GENERIC_INTERNAL_ERROR'), pair: 1 },
        { ...error('GENERIC_INTERNAL_ERROR'), ...direct, pair: 1 },
      ],
      true,
    ],
    [
      'that does not, with the twin first',
      'drops.total == 0',
      [
        { ...direct, pair: 1 },
        { ...error('GENERIC_INTERNAL_ERROR'), pair: 1 },
      ],
      true,
    ],
    ['the baseline’s drops', 'drops.total == 0', [{ ...bad, arm: 'baseline' }], false],
    [
      'a wrong result, where the plan knows it',
      'drops.wrong == 0',
      [{ expected: { rows: 11, checksum: '' } }],
      true,
    ],
    ['another group', 'routing.mismatches == 0', [onEtl], true],
    ['not all routed right any more', 'routing.correctness >= 100 %', [onEtl], true],
    ['perhaps still enough of them', 'routing.correctness >= 99 %', [onEtl], false],
    [
      'a cluster that was not active',
      'routing.mismatches == 0',
      [outOfService, { ...at(5), ...green }, at(8)],
      true,
    ],
    [
      'as long as it may be a change’s',
      'routing.mismatches == 0',
      [outOfService, { ...at(5), ...green }, at(5.4)],
      false,
    ],
    [
      'while its change is under way',
      'routing.mismatches == 0',
      [outOfService, activating, { ...at(9), ...green }, at(15), activated, at(30)],
      false,
    ],
    ['a follow-up that went astray', 'stickiness.breaks == 0', [{ strayAnswers: 1 }], true],
    ['a query never sent', 'queries.neverSent == 0', [NEVER_SENT], true],
    ['a query sent late', 'schedule.lag.max < 50ms', [{ intendedUs: SECOND, sentUs: 1.06 * SECOND }], true],
    ['a gateway that ended', 'gateway.lost == 0', [event('gateway-lost', SECOND)], true],
    [
      'a roll that failed',
      'rolls.failed == 0',
      [event('roll-started', 1, { action: 0 }), event('roll-failed', 2, { action: 0 })],
      true,
    ],
    [
      'a fault that failed',
      'rolls.failed == 0',
      [event('fault-started', 1, { action: 0 }), event('roll-failed', 2, { action: 0 })],
      false,
    ],
    ['a figure that may still fall', 'overhead.median < 5ms', [bad], false],
    ['a floor', 'rolls.completed >= 1', [bad], false],
  ])('%s', (_, gate, happenings, isLost) => {
    expect(lost([gate], happenings)).toHaveLength(isLost ? 1 : 0);
  });

  test('with a direct arm, what was turned away waits for its word', () => {
    const avoidable = (happenings: readonly Happening[]) =>
      lost(['drops.avoidable == 0'], [outOfService, { ...full, ...at(5) }, ...happenings], true, true).length;
    const seen = { ...full, ...direct, ...at(6) };
    expect(avoidable([at(7.9)])).toBe(0);
    expect(avoidable([at(8.2)])).toBe(1);
    expect(avoidable([seen, at(8.2)])).toBe(0);
  });

  test('one shard of several does not know the fleet, and knows what was lost', () => {
    expect(lost(['drops.avoidable == 0', 'routing.mismatches == 0'], [bad, onEtl], false)).toEqual([]);
    expect(lost(['drops.total == 0'], [bad], false)).toHaveLength(1);
  });

  test('every figure is in the table, or is named on the page as known at the end only', () => {
    const page = readFileSync(join(projectRoot, 'docs/gates.md'), 'utf8');
    const [, named = ''] = /<!-- known at the end -->([\s\S]*?)<!-- end -->/.exec(page) ?? [];
    const patterns = [...named.matchAll(/`([\w.*]+)`/g)].map(([, name = '']) => name);
    const isNamed = (figure: string) =>
      patterns.some((p) => (p.endsWith('*') ? figure.startsWith(p.slice(0, -1)) : p === figure));
    const figures = Object.keys(FIGURES);
    expect(figures.filter((f) => Object.hasOwn(EARLY, f) === isNamed(f))).toEqual([]);
    expect(Object.keys(EARLY).filter((f) => !figures.includes(f))).toEqual([]);
  });

  test('is told once, with the gate', () => {
    expect(lost(['drops.total == 0'], [bad, bad])).toEqual([
      'drops.total == 0 can no longer be met: 1 by now',
    ]);
  });

  test('a stopped run that lost a gate fails; it is not called unfit for being short', () => {
    const planned = { gateway: 500, baseline: 0, pairs: 0, sha256: '' };
    const stopped = record([sample(1), sample(2, bad)], [], { planned, stopped: 'drops.total == 0 …' });
    const verdict = evaluateGates(['drops.total == 0'], summarise(stopped));
    expect(verdict).toMatchObject({ result: 'fail', exit: 4 });
  });
});
