import { describe, expect, it } from 'vitest';
import { buildLedger } from '../../src/measure/ledger/ledger.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Outcome } from '../../src/measure/summary/outcome.ts';
import { event, idOn, killed, record, SECOND, sample } from './factory.ts';

const failedWith = (errorName: string, errorType: string): Partial<Sample> => ({
  ...{ end: 'query-error', stage: 'poll', errorName, errorType, rows: 0, checksum: '' },
});

describe('full clusters', () => {
  const at = 30 * SECOND;
  const full = failedWith('QUERY_QUEUE_FULL', 'INSUFFICIENT_RESOURCES');
  type Where = Parameters<typeof idOn>[0];
  const turnedAway = (seq: number, where: Where, lastUs: number, change: Partial<Sample> = {}) =>
    sample(seq, { ...full, sentUs: lastUs - 1000, lastUs, queryId: idOn(where, seq), ...change });
  const direct = (seq: number, where: 'bi-blue' | 'bi-green', lastUs: number, change: Partial<Sample> = {}) =>
    turnedAway(seq, where, lastUs, { arm: 'baseline', target: where, ...change });
  const both = [direct(1, 'bi-blue', at - SECOND), direct(2, 'bi-green', at + SECOND)];
  const room = { end: 'finished', errorName: '', errorType: '' } as const;

  it.each<[string, Sample, readonly Sample[], Outcome]>([
    ['every cluster of the group was full', turnedAway(9, 'bi-blue', at), both, 'overloaded'],
    [
      'as seen by the noise arm',
      turnedAway(9, 'bi-blue', at),
      both.map((s) => ({ ...s, arm: 'noise' as const })),
      'overloaded',
    ],
    [
      'its pair plays no part',
      turnedAway(1, 'bi-blue', at, { pair: 1 }),
      [direct(1, 'bi-blue', at, { pair: 1 })],
      'rejected',
    ],
    [
      'piled on one cluster while the other had room',
      turnedAway(9, 'bi-blue', at),
      [direct(1, 'bi-blue', at), direct(2, 'bi-green', at, room)],
      'rejected',
    ],
    [
      'nobody asked the other cluster near enough',
      turnedAway(9, 'bi-blue', at),
      [direct(1, 'bi-blue', at), direct(2, 'bi-green', at - 2.1 * SECOND)],
      'rejected',
    ],
    [
      'another error',
      turnedAway(9, 'bi-blue', at),
      both.map((s) => ({ ...s, errorName: 'CLUSTER_OUT_OF_MEMORY' })),
      'rejected',
    ],
    ['led astray to another group', turnedAway(9, 'etl-blue', at), both, 'rejected'],
    [
      'what the gateway’s own queries met proves nothing',
      turnedAway(9, 'bi-blue', at),
      both.map((s) => ({ ...s, arm: 'gateway' as const, seq: s.seq + 20 })),
      'rejected',
    ],
    [
      'a second gateway is not direct',
      turnedAway(9, 'bi-blue', at),
      both.map((s) => ({ ...s, target: '' })),
      'rejected',
    ],
    ['without a direct arm', turnedAway(9, 'bi-blue', at), [], 'rejected'],
    [
      'a cluster out of memory',
      turnedAway(9, 'bi-blue', at, failedWith('CLUSTER_OUT_OF_MEMORY', 'INSUFFICIENT_RESOURCES')),
      both.map((s) => ({ ...s, errorName: 'CLUSTER_OUT_OF_MEMORY' })),
      'overloaded',
    ],
  ])('%s', (_, query, others, outcome) => {
    const { entries } = buildLedger(record([query, ...others]));
    expect(entries.at(0).outcome).toBe(outcome);
    expect(entries.at(0).blame).toBe(outcome === 'overloaded' ? null : 'avoidable');
  });

  it('a cluster that is out of service, or dead, need not be full', () => {
    const of = (events: ReturnType<typeof killed>) =>
      buildLedger(record([turnedAway(9, 'bi-blue', at), direct(1, 'bi-blue', at)], events)).entries.at(0)
        .outcome;
    expect(of([event('cluster-deactivated', at - SECOND, { cluster: 'bi-green' })])).toBe('overloaded');
    expect(of([event('cluster-deactivated', at + SECOND, { cluster: 'bi-green' })])).toBe('rejected');
    expect(of(killed('bi-green', at - SECOND))).toBe('overloaded');
  });

  it('stands in the sums and under its own figure, in no drop; who was paired makes no difference', () => {
    const counts = (pair: number) => {
      const summary = summarise(
        record([turnedAway(9, 'bi-blue', at, { pair }), ...both.map((s) => ({ ...s, pair }))]),
      );
      const { figures, total, ledger } = summary;
      return [
        total.counts.overloaded,
        ledger.fates.overloaded,
        figures['queries.overloaded']?.value,
        figures['drops.total']?.value,
      ];
    };
    expect(counts(-1)).toEqual([1, 1, 1, 0]);
    expect(counts(9)).toEqual([1, 1, 1, 0]);
  });
});
