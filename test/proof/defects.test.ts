// The harness proves itself: a loss of every kind is planted, found, counted to the last query and named rightly.
import { describe, expect, test } from 'vitest';
import type { Fate } from '../../src/measure/summary/ledger-summary.ts';
import type { Outcome } from '../../src/measure/summary/outcome.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import type { Defect } from '../../src/stub/index.ts';
import { prove } from './rig.ts';

const QUERIES = 40;
const EVERY = 10;

/** All of a summary that tells of a loss; what is not named is zero. */
function losses({ ledger, drops, routing, stickiness, total }: Summary) {
  const { duplicates, orphans, fates, unexplained, untold } = ledger;
  const fatal = Object.fromEntries(Object.entries(fates).filter(([fate, n]) => n > 0 && fate !== 'once'));
  const outcomes = Object.fromEntries(
    Object.entries(total.counts).filter(([outcome, n]) => n > 0 && outcome !== 'finished'),
  );
  const where = [...new Set(ledger.causes.map((cause) => cause.where))].join();
  return {
    ...{ fatal, outcomes, where, drops: drops.length, duplicates, orphans, unexplained, untold },
    ...{ mismatches: routing.mismatches, breaks: stickiness.brokenQueries },
  };
}

type Losses = ReturnType<typeof losses>;

const NOTHING: Losses = {
  ...{ fatal: {}, outcomes: {}, where: '', drops: 0, duplicates: 0, orphans: 0, unexplained: 0 },
  ...{ untold: 0, mismatches: 0, breaks: 0 },
};

/** What each defect has to be found as, n times. */
const FOUND: Readonly<
  Record<
    Defect,
    (n: number) => Partial<Losses> & {
      fatal?: Partial<Record<Fate, number>>;
      outcomes?: Partial<Record<Outcome, number>>;
    }
  >
> = {
  'lose-post': (n) => ({ fatal: { lost: n }, outcomes: { rejected: n }, where: 'submit', drops: n }),
  'refuse-post': (n) => ({ fatal: { lost: n }, outcomes: { rejected: n }, where: 'submit', drops: n }),
  'queue-full': (n) => ({ fatal: { dropped: n }, outcomes: { rejected: n }, where: 'before rows', drops: n }),
  'run-unseen': (n) => ({
    ...{ fatal: { orphaned: n }, outcomes: { orphaned: n }, where: 'submit', drops: n, orphans: n },
  }),
  'run-twice': (n) => ({ fatal: { twice: n }, duplicates: n }),
  'lose-queued': (n) => ({
    ...{ fatal: { dropped: n }, outcomes: { 'lost-next': n }, where: 'first poll', drops: n, breaks: n },
  }),
  'lose-running': (n) => ({
    ...{ fatal: { dropped: n }, outcomes: { 'lost-next': n }, where: 'before rows', drops: n, breaks: n },
  }),
  'lose-rows': (n) => ({
    ...{ fatal: { dropped: n }, outcomes: { 'lost-next': n }, where: 'among rows', drops: n, breaks: n },
  }),
  'leave-running': (n) => ({
    ...{ fatal: { dropped: n }, outcomes: { 'lost-next': n }, where: 'before rows', drops: n, breaks: n },
    orphans: n,
  }),
  'cut-polls': (n) => ({
    ...{ fatal: { dropped: n }, outcomes: { transport: n }, where: 'before rows', drops: n },
    // Nobody told the cluster that nobody polls any more.
    orphans: n,
  }),
  'fail-task': (n) => ({
    fatal: { dropped: n },
    outcomes: { 'failed-infra': n },
    where: 'before rows',
    drops: n,
  }),
  hang: (n) => ({ fatal: { dropped: n }, outcomes: { hung: n }, where: 'before rows', drops: n }),
  'lose-row': (n) => ({ fatal: { wrong: n }, outcomes: { wrong: n }, drops: n }),
  'change-row': (n) => ({ fatal: { wrong: n }, outcomes: { wrong: n }, where: 'among rows', drops: n }),
};

describe('a planted defect of a cluster', () => {
  test.each(Object.entries(FOUND))('%s', async (defect, found) => {
    const { planted, summary } = await prove({
      queries: QUERIES,
      plants: [{ defect: defect as Defect, every: EVERY, offset: 3 }],
      queryTimeoutMs: defect === 'hang' ? 1_500 : 20_000,
    });
    expect(planted).toHaveLength(QUERIES / EVERY);
    const seen = losses(summary);
    // A result of one row has none left when it loses one: where it was lost then depends on the row.
    const where = defect === 'lose-row' ? seen.where : '';
    expect(seen).toEqual({ ...NOTHING, where, ...found(planted.length) });
    const guilty = summary.ledger.rows.map((row) => row.seq).toSorted((a, b) => a - b);
    expect(guilty).toEqual(planted);
  });

  test('several at once are told apart', async () => {
    const plants = (['lose-post', 'run-twice', 'lose-row', 'hang'] as const).map((defect, i) => ({
      ...{ defect, every: 8, offset: 2 * i },
    }));
    const { planted, summary } = await prove({ queries: QUERIES, plants, queryTimeoutMs: 1_500 });
    expect(planted).toHaveLength(20);
    const { fates } = summary.ledger;
    expect(fates).toMatchObject({ once: 20, lost: 5, twice: 5, wrong: 5, dropped: 5 });
  });
});

/** What all defects together have to be found as, `n` times each. */
function allFound(n: number) {
  const fatal: Partial<Record<Fate, number>> = {};
  const outcomes: Partial<Record<Outcome, number>> = {};
  const sums = { drops: 0, duplicates: 0, orphans: 0, breaks: 0 };
  const add = <K extends string>(to: Partial<Record<K, number>>, of: Partial<Record<K, number>> = {}) => {
    for (const [key, count] of Object.entries(of) as [K, number][]) to[key] = (to[key] ?? 0) + count;
  };
  for (const found of Object.values(FOUND).map((of) => of(n))) {
    add(fatal, found.fatal);
    add(outcomes, found.outcomes);
    const { drops = 0, duplicates = 0, orphans = 0, breaks = 0 } = found;
    add(sums, { drops, duplicates, orphans, breaks });
  }
  return { ...{ fatal, outcomes, unexplained: 0, untold: 0, mismatches: 0 }, ...sums };
}

// The official client tells less of a query than our own; what is lost has to be found by what it tells.
test('all of them at once, with the official client as the driver', async () => {
  const defects = Object.keys(FOUND) as Defect[];
  const plants = defects.map((defect, i) => ({ defect, every: 2 * defects.length, offset: 2 * i }));
  const queries = 4 * defects.length;
  const { planted, summary } = await prove({
    queries,
    plants,
    driver: 'trino-client',
    queryTimeoutMs: 1_500,
  });
  expect(planted).toHaveLength(2 * defects.length);
  const { where: _, ...seen } = losses(summary);
  expect(seen).toEqual(allFound(2));
});

describe('a planted defect of the gateway', () => {
  test('statements sent to another group: each is a mismatch', async () => {
    const { stubs, summary } = await prove({ queries: QUERIES, simulate: { misrouteEvery: 8 } });
    expect(stubs.olap.state().totals.posts).toBeGreaterThanOrEqual(QUERIES / 8);
    expect(losses(summary)).toEqual({ ...NOTHING, mismatches: QUERIES / 8 });
  });

  test('polls sent to a cluster that does not have the query: each is a break, and a drop', async () => {
    const { stubs, summary } = await prove({ queries: QUERIES, simulate: { strayEvery: 5 } });
    const strays = stubs.olap.state().totals.unknownIds;
    expect(strays).toBeGreaterThanOrEqual(QUERIES / 5);
    expect(losses(summary)).toMatchObject({
      ...{ fatal: { dropped: strays }, outcomes: { 'lost-next': strays }, breaks: strays, drops: strays },
    });
  });
});

/** The long form of this is `npm run test:real`: twenty runs. */
const RUNS = Number(process.env.REHEARSE_PROOF_RUNS ?? '2');

test(
  `with nothing planted nothing is found, in ${RUNS} runs`,
  async () => {
    for (let run = 0; run < RUNS; run++) {
      const through = run % 2 === 0 ? {} : { simulate: {} };
      const { planted, summary } = await prove({ queries: QUERIES, ...through });
      expect([planted, losses(summary)]).toEqual([[], NOTHING]);
    }
  },
  30_000 * Math.max(1, RUNS),
);
