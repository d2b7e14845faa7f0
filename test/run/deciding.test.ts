import { describe, expect, test } from 'vitest';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { watchGates } from '../../src/run/fail-fast.ts';
import { confidenceOf, type Look, runUntilDecided } from '../../src/run/looks.ts';
import { event, killed, record, SECOND, sample } from '../measure/factory.ts';

const GATES = ['drops.total == 0', 'overhead.total.median < 5ms'];
const calm = summarise(record([]));
const fit = calm.validity.map((check) => ({ ...check, ok: true }));

/** A run with so many drops whose overhead lies between two bounds. */
function look(id: string, drops: number, low: number, high: number): Look {
  const figures = {
    ...calm.figures,
    'drops.total': { unit: 'count', value: drops, n: 100 },
    'overhead.total.median': { unit: 'ms', value: (low + high) / 2, low, high, n: 100 },
  } as const;
  return { id, verdict: evaluateGates(GATES, { ...calm, validity: fit, figures }) };
}

async function decide(looks: readonly Look[], options: { looks: number; confirm: boolean }) {
  const confidences: number[] = [];
  const decided = await runUntilDecided(options, async (number, confidence) => {
    confidences.push(confidence);
    return looks[number - 1];
  });
  return { ...decided, runs: decided.all.length, confidences, result: decided.verdict?.result };
}

const open = look('open', 0, 4, 6);
const passes = look('passes', 0, 1, 2);
const fails = look('fails', 0, 6, 7);
const drops = look('drops', 1, 1, 2);

describe('looking again', () => {
  test.each<[string, readonly Look[], { looks: number; confirm: boolean }, number, string]>([
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

  test('every look works with its share of the 5 %', async () => {
    const { confidences } = await decide([open, open, fails, fails], { looks: 3, confirm: true });
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

  test('an interruption ends it', async () => {
    const { result, runs } = await decide([open, { ...open, interrupted: true }, passes], {
      looks: 3,
      confirm: true,
    });
    expect([result, runs]).toEqual(['inconclusive', 2]);
  });

  test('a wider confidence gives a wider interval', () => {
    const samples = Array.from({ length: 400 }, (_, i) =>
      sample(i, { lastUs: SECOND + ((i * 977) % 100_000) }),
    );
    const bound = (confidence: number) =>
      summarise(record(samples), { confidence }).figures['latency.service.p50']?.low ?? 0;
    expect(bound(0.99)).toBeLessThan(bound(0.95));
  });
});

describe('failing fast', () => {
  const bad: Partial<Sample> = { end: 'http-error', httpStatus: 500, stage: 'poll' };
  function lost(gates: readonly string[], happenings: readonly (Partial<Sample> | 'kill' | 'gateway')[]) {
    const told: string[] = [];
    const watch = watchGates(gates, (why) => told.push(why));
    happenings.forEach((happening, i) => {
      if (happening === 'kill') for (const e of killed('bi-blue', SECOND)) watch.event(e);
      else if (happening === 'gateway') watch.event(event('gateway-lost', SECOND));
      else watch.sample(sample(i, happening));
    });
    return told;
  }

  test.each<[string, string, readonly (Partial<Sample> | 'kill' | 'gateway')[], boolean]>([
    ['a drop where none may be', 'drops.total == 0', [{}, bad], true],
    ['within what is allowed', 'drops.total <= 2', [bad, bad], false],
    ['beyond what is allowed', 'drops.total <= 2', [bad, bad, bad], true],
    ['at a strict limit', 'drops.total < 2', [bad, bad], true],
    ['a drop before any kill is avoidable', 'drops.avoidable == 0', [bad, 'kill'], true],
    ['one after it may not be', 'drops.avoidable == 0', ['kill', bad], false],
    ['an error of the query’s own', 'drops.total == 0', [{ end: 'query-error', errorName: 'X' }], false],
    ['the baseline’s drops', 'drops.total == 0', [{ ...bad, arm: 'baseline' }], false],
    ['a gateway that ended', 'gateway.lost == 0', ['gateway'], true],
    ['a figure that may still fall', 'overhead.median < 5ms', [bad], false],
    ['a floor', 'rolls.completed >= 1', [bad], false],
  ])('%s', (_, gate, happenings, isLost) => {
    expect(lost([gate], happenings)).toHaveLength(isLost ? 1 : 0);
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
