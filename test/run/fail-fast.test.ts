// Gates that are lost while the run goes on: what is said then is what the ledger says at the end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { evaluateGates } from '../../src/gates/evaluate.ts';
import { FIGURES } from '../../src/measure/figures/figures.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { earlyLedger } from '../../src/run/early-ledger.ts';
import { EARLY, watchGates } from '../../src/run/fail-fast.ts';
import {
  type ClusterName,
  event,
  idOn,
  killed,
  NEVER_SENT,
  record,
  SECOND,
  STARTED,
  sample,
} from '../measure/factory.ts';

const byEnd = (a: Sample, b: Sample): number => a.lastUs - b.lastUs;

describe('failing fast', () => {
  const bad: Partial<Sample> = { end: 'http-error', httpStatus: 500, stage: 'poll' };
  const error = (errorName: string): Partial<Sample> => ({ end: 'query-error', stage: 'poll', errorName });
  const full = error('QUERY_QUEUE_FULL');
  const onEtl = { queryId: idOn('etl-blue') };
  const at = (seconds: number) => ({ sentUs: seconds * SECOND, lastUs: (seconds + 0.1) * SECOND });
  const direct = { arm: 'baseline', target: 'bi-blue' } as const;
  const later = at(12);
  const noticed = event('cluster-lost', 1.5 * SECOND, { cluster: 'bi-blue', group: 'bi' });
  const gone: Partial<Sample> = { ...bad, httpStatus: 404 };
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
    [
      'a drop long before any kill is avoidable',
      'drops.avoidable == 0',
      [bad, ...killed('bi-blue', 3 * SECOND)],
      true,
    ],
    [
      'one whose process a kill ends is not, though it is heard of first',
      'drops.avoidable == 0',
      [bad, 'kill', later],
      false,
    ],
    [
      'one in flight on the killed process is not',
      'drops.avoidable == 0',
      ['kill', { ...bad, ...at(0.9), submittedUs: SECOND }],
      false,
    ],
    [
      'one long after a kill is',
      'drops.avoidable == 0',
      ['kill', { ...bad, ...at(9), ...green }, later],
      true,
    ],
    ['turned away at once, without a direct arm', 'drops.avoidable == 0', [full, later], true],
    // A process that ended by itself: it died between its last sign of life and the notice.
    [
      'one that fell before the loss was noticed is not',
      'drops.avoidable == 0',
      [bad, noticed, later],
      false,
    ],
    [
      'one that fell before another got an answer is',
      'drops.avoidable == 0',
      [bad, { lastUs: 1.4 * SECOND }, noticed, later],
      true,
    ],
    [
      'nor did its follow-up miss an owner that lived',
      'stickiness.breaks == 0',
      [gone, noticed, later],
      false,
    ],
    ['it did where the owner lived on', 'stickiness.breaks == 0', [gone, later], true],
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
    ['a follow-up that went astray', 'stickiness.breaks == 0', [{ strayAnswers: 1 }, later], true],
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

  test('whatever is said early, the ledger says at the end', () => {
    const moment = fc.integer({ min: 1_000, max: 6_000 }).map((ms) => ms * 1_000);
    const query = fc.record({
      ...{ sentUs: moment, tookUs: fc.integer({ min: 6_000, max: 900_000 }) },
      cluster: fc.constantFrom<ClusterName>('bi-blue', 'bi-green'),
      ends: fc.constantFrom<Partial<Sample>>({}, bad, gone, { end: 'transport-error', stage: 'poll' }),
    });
    const runs = fc.record({ queries: fc.array(query, { minLength: 1, maxLength: 25 }), lossUs: moment });
    fc.assert(
      fc.property(runs, ({ queries, lossUs }) => {
        const loss = event('cluster-lost', lossUs, { cluster: 'bi-blue', group: 'bi' });
        const samples = queries
          .map(({ cluster, ends, sentUs, tookUs }, i) => {
            const lastUs = sentUs + tookUs;
            const answers = { firstPollUs: lastUs, firstRowUs: ends.end === undefined ? lastUs : -1, lastUs };
            return sample(i, { sentUs, queryId: idOn(cluster, i), ...answers, ...ends });
          })
          // Nobody is answered by a process that is known to be gone, and its end is noticed within a second.
          .filter(
            ({ end, lastUs, queryId, submittedUs }) =>
              queryId.endsWith('ccccc') ||
              (end === 'finished'
                ? lastUs <= lossUs
                : submittedUs <= lossUs && lastUs > lossUs - 0.9 * SECOND),
          );
        const whole = record([...samples, sample(99, at(20))], [...STARTED, loss]);
        const early = { avoidable: 0, unavoidable: 0, detection: 0, breaks: 0 };
        const ledger = earlyLedger({
          ...{ info: whole.info, hasDirect: false, onEntry: () => undefined, onMismatch: () => undefined },
          onSettled: ({ blame, brokeStickiness }) => {
            if (blame !== null) early[blame]++;
            if (brokeStickiness) early.breaks++;
          },
        });
        for (const e of STARTED) ledger.event(e);
        for (const s of samples.filter(({ lastUs }) => lastUs <= lossUs).sort(byEnd)) ledger.sample(s);
        ledger.event(loss);
        for (const s of samples.filter(({ lastUs }) => lastUs > lossUs).sort(byEnd)) ledger.sample(s);
        ledger.sample(sample(99, at(20)));
        const { figures } = summarise(whole);
        const said = (figure: string) => figures[figure]?.value ?? 0;
        expect(early.avoidable).toBe(said('drops.avoidable'));
        expect(early.breaks).toBe(said('stickiness.breaks'));
        // Where a sign of life may still come these are left to the end.
        expect(early.unavoidable).toBeLessThanOrEqual(said('drops.unavoidable'));
        expect(early.detection).toBeLessThanOrEqual(said('drops.detection'));
      }),
      { seed: 7, numRuns: 300 },
    );
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
