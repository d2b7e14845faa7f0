// The choice inside a group: each balancer on its own, then what is around them (canaries, weights, pins, fallbacks).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterCounts } from '../../gateway/backends/seen.ts';
import type { BalancerInputs, Candidates } from '../../gateway/routing/balancers/balancer.ts';
import { BALANCERS, createBalancer } from '../../gateway/routing/balancers/index.ts';
import { groupsInOrder, refusesWhenEmpty } from '../../gateway/routing/fallback.ts';
import { LoadBook } from '../../gateway/routing/load-book.ts';
import { createPicker } from '../../gateway/routing/picker.ts';
import { rampShare, Tunings } from '../../gateway/routing/tuning.ts';
import { seededRandom } from '../../src/base/random.ts';

interface Named {
  readonly name: string;
  readonly proxyTo: string;
}
const named = (...names: string[]) =>
  names.map((name) => ({ name, proxyTo: `http://${name}` })) as unknown as Candidates<Named>;
const THREE = named('a', 'b', 'c');

const counts = (running: number, queued = 0, users: Record<string, number> = {}): ClusterCounts => ({
  running,
  queued,
  workers: 1,
  queuedByUser: new Map(Object.entries(users)),
});

/** Inputs whose own open queries and weights can be set by name. */
function inputs(seed = 7) {
  const own: Record<string, number> = {};
  const weights: Record<string, number> = {};
  const loads = new LoadBook((proxyTo) => own[proxyTo.slice(7)] ?? 0);
  const forBalancers: BalancerInputs = {
    random: seededRandom(seed, 'balancers').next,
    weightOf: ({ name }) => weights[name] ?? 1,
    loads,
  };
  return { own, weights, ...forBalancers };
}

const TO_G = { group: 'g', user: 'u' };
const choice = (user: string | undefined) => ({ group: 'g', user });

function tally(n: number, pick: () => Named): Record<string, number> {
  const picked: Record<string, number> = {};
  for (let i = 0; i < n; i++) {
    const { name } = pick();
    picked[name] = (picked[name] ?? 0) + 1;
  }
  return picked;
}

describe('random', () => {
  test.each([
    [{}, [1 / 3, 1 / 3, 1 / 3]],
    [{ a: 5, b: 3, c: 2 }, [0.5, 0.3, 0.2]],
  ])('with weights %j: chi-square over 10 000 picks stays below its 99.9 % quantile', (weights, shares) => {
    const it = inputs();
    Object.assign(it.weights, weights);
    const balancer = BALANCERS.random(it);
    const picked = tally(10_000, () => balancer.pick(THREE, TO_G));
    const chiSquare = ['a', 'b', 'c'].reduce((sum, name, i) => {
      const expected = 10_000 * (shares[i] ?? 0);
      return sum + ((picked[name] ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect(chiSquare).toBeLessThan(13.816);
  });
});

test('round-robin takes turns, counted for each group', () => {
  const balancer = BALANCERS['round-robin']();
  const picks = (group: string, n: number) =>
    Array.from({ length: n }, () => balancer.pick(THREE, { group, user: undefined }).name).join('');
  expect(picks('g', 4)).toBe('abca');
  expect(picks('h', 2)).toBe('ab');
  expect(picks('g', 2)).toBe('bc');
});

describe('weighted', () => {
  test('spreads by weight, without runs', () => {
    const it = inputs();
    Object.assign(it.weights, { a: 5, b: 1, c: 1 });
    const balancer = BALANCERS.weighted(it);
    expect(Array.from({ length: 14 }, () => balancer.pick(THREE, TO_G).name).join('')).toBe('aabacaaaabacaa');
  });

  test('each gets exactly its share of every full round, whatever the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 }), (list) => {
        const names = list.map((_, i) => `n${i}`);
        const it = inputs();
        list.forEach((w, i) => {
          it.weights[`n${i}`] = w;
        });
        const balancer = BALANCERS.weighted(it);
        const total = list.reduce((a, b) => a + b, 0);
        const picked = tally(total, () => balancer.pick(named(...names), TO_G));
        expect(names.map((n) => picked[n])).toEqual(list);
      }),
      { seed: 1 },
    );
  });
});

describe('query-count', () => {
  const picksOf = (strict: boolean, reports: Record<string, ClusterCounts>, n: number, user = 'u') => {
    const it = inputs();
    for (const [name, c] of Object.entries(reports)) it.loads.report(`http://${name}`, c);
    const picker = createPicker({
      balancerOf: () => balancer,
      tunings: new Tunings(),
      loads: it.loads,
    });
    const balancer = createBalancer('query-count', strict, it);
    return Array.from({ length: n }, () => {
      const { name } = picker.pick(THREE, choice(user)) ?? { name: '-' };
      it.own[name] = (it.own[name] ?? 0) + 1;
      return name;
    }).join('');
  };

  test.each<[string, Record<string, ClusterCounts>, string]>([
    ['fewest running', { a: counts(2), b: counts(1), c: counts(3) }, 'b'],
    ['ties in the order of the database', { a: counts(1), b: counts(1), c: counts(1) }, 'a'],
    ['the bump counts as running', { a: counts(0), b: counts(1), c: counts(1) }, 'aabcabcab'],
    ['queued before running', { a: counts(0, 1), b: counts(9), c: counts(8) }, 'cbcbcbcbc'],
    [
      'the user’s queued before all',
      { a: counts(0, 1, { u: 1 }), b: counts(9, 9), c: counts(9, 9) },
      'bcbcbc',
    ],
    [
      'the user’s bump counts as queued',
      { a: counts(0, 3, { u: 3 }), b: counts(0, 2, { u: 2 }), c: counts(0, 5, { u: 3 }) },
      'bbacbac',
    ],
  ])('as the Java gateway: %s', (_, reports, picks) => {
    const got = picksOf(true, reports, picks.length);
    expect(got).toBe(picks);
  });

  test('as the Java gateway: with one short queue, all go to the cluster without one', () => {
    expect(picksOf(true, { a: counts(50, 1), b: counts(50), c: counts(50, 1) }, 20)).toBe('b'.repeat(20));
  });

  test('ours: decisions since the report count as queued while there is a queue', () => {
    const picks = picksOf(false, { a: counts(50, 1), b: counts(50), c: counts(50, 1) }, 10);
    expect(picks.slice(0, 1)).toBe('b');
    expect([...'abc'].map((n) => picks.split(n).length - 1)).toEqual([3, 4, 3]);
  });

  test('ours: a user’s decisions count where he queues anywhere', () => {
    const picks = picksOf(false, { a: counts(0, 2, { u: 2 }), b: counts(0), c: counts(0) }, 7);
    expect(picks.slice(0, 4)).toMatch(/^(?:bcbc|bccb|cbcb|cbbc)$/);
    expect([...'abc'].map((n) => picks.split(n).length - 1)).toEqual([1, 3, 3]);
  });

  test('ours: idle clusters take turns', () => {
    expect(picksOf(false, {}, 6)).toBe('abcabc');
  });

  test('ours: what ended since the report counts no more', () => {
    const it = inputs();
    it.own.a = 5;
    it.loads.report('http://a', counts(5));
    it.loads.report('http://b', counts(2));
    it.loads.report('http://c', counts(9));
    it.own.a = 1;
    expect(BALANCERS['query-count'](it).pick(THREE, TO_G).name).toBe('a');
  });
});

describe('least-loaded', () => {
  test('own queries exactly, those of others by the last report, by weight', () => {
    const it = inputs();
    const winner = () => BALANCERS['least-loaded'](it).pick(THREE, TO_G).name;
    it.own.a = 4;
    it.own.b = 3;
    it.own.c = 5;
    expect(winner()).toBe('b');
    it.loads.report('http://b', counts(8, 1));
    expect(it.loads.total('http://b')).toBe(9);
    expect(winner()).toBe('a');
    it.own.b = 0;
    expect(it.loads.total('http://b')).toBe(6);
    it.weights.c = 2;
    expect(winner()).toBe('c');
  });

  test('over any history of reports and queries, own queries are never lost from the total', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('own' as const), n: fc.nat(50) }),
      fc.record({ kind: fc.constant('report' as const), n: fc.nat(50) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const it = inputs();
        for (const { kind, n } of steps) {
          if (kind === 'own') it.own.a = n;
          else it.loads.report('http://a', counts(n));
        }
        expect(it.loads.total('http://a')).toBeGreaterThanOrEqual(it.own.a ?? 0);
      }),
      { seed: 2 },
    );
  });
});

test('two-choices takes the less loaded of two, so the fullest of three never', () => {
  const it = inputs();
  Object.assign(it.own, { a: 1, b: 2, c: 9 });
  const balancer = BALANCERS['two-choices'](it);
  const picked = tally(1000, () => balancer.pick(THREE, TO_G));
  expect(picked.c).toBe(undefined);
  expect(picked.a).toBeGreaterThan(500);
  expect(picked.b).toBeGreaterThan(200);
});

describe('user-hash', () => {
  const users = Array.from({ length: 3000 }, (_, i) => `user-${i}`);
  const placed = (candidates: Candidates<Named>, weights: Record<string, number> = {}) => {
    const it = inputs();
    Object.assign(it.weights, weights);
    const balancer = BALANCERS['user-hash'](it);
    return users.map((user) => balancer.pick(candidates, choice(user)).name);
  };

  test('a user stays, users spread evenly, in any order of the backends', () => {
    const first = placed(THREE);
    expect(placed(named('c', 'a', 'b'))).toEqual(first);
    for (const name of 'abc') {
      expect(Math.abs(first.filter((n) => n === name).length - 1000)).toBeLessThan(100);
    }
  });

  test('a backend that goes moves only its own users', () => {
    const before = placed(THREE);
    const after = placed(named('a', 'c'));
    const moved = before.filter((name, i) => name !== after[i]);
    expect(new Set(moved)).toEqual(new Set(['b']));
  });

  test('weights are shares', () => {
    const picked = placed(named('a', 'b'), { a: 3 });
    expect(picked.filter((n) => n === 'a').length / 3000).toBeCloseTo(0.75, 1);
  });

  test('without a user it is by lot', () => {
    const balancer = BALANCERS['user-hash'](inputs());
    expect(Object.keys(tally(100, () => balancer.pick(THREE, choice(undefined))))).toHaveLength(3);
  });
});

describe('canaries', () => {
  const picker = (shares: Record<string, number>) => {
    const tunings = new Tunings();
    for (const [name, canaryShare] of Object.entries(shares)) tunings.set(name, { canaryShare });
    const it = inputs();
    const balancer = BALANCERS['round-robin']();
    return createPicker({ balancerOf: () => balancer, tunings, loads: it.loads });
  };
  const picks = (shares: Record<string, number>, candidates: readonly Named[], n: number) => {
    const p = picker(shares);
    return Array.from({ length: n }, () => p.pick(candidates, TO_G)?.name ?? '-').join('');
  };

  test('get exactly their share, the others divide the rest', () => {
    expect(picks({ c: 25 }, THREE, 12)).toBe('abacbabcabac');
    const many = picks({ c: 10 }, THREE, 1000);
    expect([...'abc'].map((n) => many.split(n).length - 1)).toEqual([450, 450, 100]);
  });

  test('two of them get a share each', () => {
    const many = picks({ b: 10, c: 20 }, THREE, 1000);
    // The last query of one may still be owed.
    expect([...'abc'].map((n) => many.split(n).length - 1)).toEqual([701, 100, 199]);
  });

  test('take over where nothing else is left, but not with a share of 0', () => {
    expect(picks({ c: 10 }, named('c'), 3)).toBe('ccc');
    expect(picks({ c: 0 }, named('c'), 2)).toBe('--');
    expect(picks({ b: 0, c: 10 }, named('b', 'c'), 2)).toBe('cc');
    expect(picks({ c: 0 }, THREE, 4)).toBe('abab');
  });
});

test.each([
  [0, 10_000, 0.1],
  [5_000, 10_000, 0.55],
  [10_000, 10_000, 1],
  [60_000, 10_000, 1],
  [0, 0, 1],
])(
  '%d ms after its start, with a slow start of %d ms, a backend has %d of its weight',
  (since, slow, share) => {
    expect(rampShare(since, slow)).toBeCloseTo(share);
  },
);

describe('fallbacks', () => {
  const routing = (emptyGroup: 'hold' | 'default' | 'refuse' | string[], groups = {}) => ({
    defaultRoutingGroup: 'adhoc',
    emptyGroup,
    groups,
  });
  test.each([
    [routing('default'), 'olap', ['olap', 'adhoc']],
    [routing('default'), 'adhoc', ['adhoc']],
    [routing('hold'), 'olap', ['olap']],
    [routing('refuse'), 'olap', ['olap']],
    [routing(['etl', 'adhoc']), 'olap', ['olap', 'etl', 'adhoc']],
    [routing('default', { olap: { emptyGroup: 'hold' } }), 'olap', ['olap']],
    [routing('hold', { olap: { emptyGroup: ['etl'] } }), 'olap', ['olap', 'etl']],
    [routing('hold'), 'constructor', ['constructor']],
  ])('%j sends %s to %j', (settings, group, groups) => {
    expect(groupsInOrder(settings, group)).toEqual(groups);
  });

  test('refusing can be set for one group', () => {
    const settings = routing('hold', { olap: { emptyGroup: 'refuse' } });
    expect([refusesWhenEmpty(settings, 'olap'), refusesWhenEmpty(settings, 'adhoc')]).toEqual([true, false]);
  });
});
