import { describe, expect, test } from 'vitest';
import { confirmedLoad, isConfirmed } from '../../src/capacity/live/confirmed-load.ts';
import type { LiveTrial } from '../../src/capacity/live/system.ts';
import type { ConfirmedLoad } from '../../src/capacity/study/record.ts';
import { event, sample } from '../measure/factory.ts';

const OBJECTIVES = { p95Ms: 1_000, drops: 0.002 };

function trial(responseMs: number, more: Partial<LiveTrial> = {}): LiveTrial {
  return {
    ...{ load: 20, durationMs: 60_000, throughput: 20, sentShare: 1, unfit: '', stoppedBy: '' },
    ...{ queuedP95Ms: null, queuedMeanMs: null, samples: [], events: [], clusterOf: new Map() },
    queries: Array.from({ length: 1_000 }, (_, i) => ({ atMs: 60 * i, responseMs, dropped: false })),
    ...more,
  };
}

const tried = (times: number, of: LiveTrial) =>
  confirmedLoad(of, { load: 20 * times, times, objectives: OBJECTIVES });

describe('a load under which a cluster is rolled and one killed', () => {
  test('holds or breaks by its p95', () => {
    expect(tried(1, trial(900))).toMatchObject({ holds: true, reasons: [], p95Ms: 900, avoidable: 0 });
    expect(tried(1, trial(1_100))).toMatchObject({
      holds: false,
      reasons: ['p95 1100 ms, the objective is 1000 ms'],
    });
  });

  test('what was in flight on the killed cluster is unavoidable, what else was lost is not', () => {
    const lost = { end: 'transport-error', queryId: '20260302_000000_00001_abcde' } as const;
    const killed = event('cluster-killed', 5e6, { cluster: 'all-2', text: 'all-2 killed' });
    const of = trial(900, {
      clusterOf: new Map([['abcde', 'all-2']]),
      events: [killed],
      samples: [sample(0, { ...lost, sentUs: 4e6 }), sample(1, { ...lost, sentUs: 6e6 })],
    });
    expect(tried(1, of)).toMatchObject({
      unavoidable: 1,
      avoidable: 1,
      holds: true,
      actions: ['all-2 killed'],
    });
    const many = trial(900, {
      ...{ clusterOf: new Map([['abcde', 'all-2']]), events: [killed] },
      samples: Array.from({ length: 3 }, (_, i) => sample(i, { ...lost, sentUs: 6e6 })),
    });
    expect(tried(1, many)).toMatchObject({ holds: false, reasons: ['3 avoidable drops'] });
  });

  test('a generator that was late or too few queries tell nothing, whatever the p95', () => {
    const late = tried(1.3, trial(9_000, { unfit: 'the generator was not fit: late' }));
    expect(late).toMatchObject({ holds: false, unclear: true });
    expect(late.reasons[0]).toBe('the generator was not fit: late');
    expect(tried(1, trial(900, { queries: trial(900).queries.slice(0, 100) }))).toMatchObject({
      unclear: true,
    });
  });
});

describe('the plan is', () => {
  const held = tried(1, trial(900));
  const broke = tried(1.3, trial(1_100));
  const unclear = tried(1.3, trial(9_000, { unfit: 'late' }));
  test.each<[string, readonly ConfirmedLoad[], boolean | null]>([
    ['confirmed when its load held and more did not', [held, broke], true],
    ['refuted when its load broke', [broke, broke], false],
    ['refuted when more held too: it asks for too much', [held, held], false],
    ['neither while a trial cannot tell', [held, unclear], null],
    ['neither when only one was tried', [held], null],
  ])('%s', (_, loads, answer) => {
    expect(isConfirmed(loads)).toBe(answer);
  });
});
