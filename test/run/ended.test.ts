// Why a replay ended before it was through with its plan: the settings that end one, in their words.
import { describe, expect, test } from 'vitest';
import { endOf } from '../../src/run/conduct.ts';
import { scenario } from '../plan/factory.ts';

const replayed = (gateway: number, stoppedBecause?: string) => ({
  planned: { gateway, baseline: 0, noise: 0 },
  stoppedBecause,
});
const stages = [{ for: '1m', to: 5 }];

describe('a replay ended by', () => {
  test.each<[string, Record<string, unknown>, number, string | undefined]>([
    ['nothing but its plan', {}, 100, undefined],
    ['a count', { queries: 100 }, 100, 'load.queries (100) was reached'],
    ['time', { duration: '2m' }, 7, 'load.duration (2 min) was over'],
    ['the count before the time', { queries: 100, duration: '2m' }, 100, 'load.queries (100) was reached'],
    ['the time before the count', { queries: 100, duration: '2m' }, 99, 'load.duration (2 min) was over'],
    ['its stages', { model: 'rate', stages }, 7, 'its stages were over (load.stages)'],
    [
      'the time before its stages',
      { model: 'rate', stages, duration: '30s' },
      7,
      'load.duration (30 s) was over',
    ],
    [
      'its stages before the time',
      { model: 'rate', stages, duration: '2m' },
      7,
      'its stages were over (load.stages)',
    ],
  ])('%s says so', (_, load, sent, because) => {
    expect(endOf(scenario({ load }).load, replayed(sent))).toBe(because);
  });

  test('what it saw says that, whatever else would have ended it', () => {
    const { load } = scenario({ load: { queries: 100 } });
    expect(endOf(load, replayed(100, '9 queries failed (load.stopWhen.failed)'))).toMatch(/stopWhen\.failed/);
  });

  test('another part, or by one of two limits of which a part cannot tell which it was', () => {
    const { load } = scenario({ load: { queries: 100, duration: '2m' } });
    const endedByOthers = AbortSignal.abort(new Error('shard 2 was interrupted'));
    expect(endOf(load, replayed(5), { endedByOthers })).toBe(
      'another shard has ended the run: shard 2 was interrupted',
    );
    expect(endOf(load, replayed(5), { part: { index: 0, of: 2 } })).toBe(
      'load.queries (100) was reached, or load.duration (2 min) was over',
    );
  });
});
