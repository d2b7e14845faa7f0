import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { summarise } from '../../src/measure/summarise.ts';
import { readJudging, writeJudging } from '../../src/run/judging.ts';
import {
  confidenceOf,
  type LookFacts,
  type LookPlace,
  lookFacts,
  runUntilDecided,
  verdictOver,
} from '../../src/run/looks.ts';
import { record, SECOND, sample } from '../measure/factory.ts';

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
const unfit = { ...fails, id: 'unfit', validity: fit.map((check) => ({ ...check, ok: false })) };

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
    [
      'a confirming run that was not fit proves nothing',
      [fails, unfit],
      { looks: 1, confirm: true },
      2,
      'invalid',
    ],
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
