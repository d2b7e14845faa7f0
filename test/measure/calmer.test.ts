import { describe, expect, it } from 'vitest';
import { calmer } from '../../src/measure/validity/calmer.ts';

describe('less load is asked for', () => {
  it.each([
    [{ model: 'recorded', speed: 1440 }, 'lower the load (--set load.speed=720 halves it)'],
    [{ model: 'rate', rate: 25, speed: 1, stages: [] }, 'lower the load (--set load.rate=12.5 halves it)'],
    [
      { model: 'closed', concurrency: 9, rate: 10, stages: [{ to: 3 }] },
      'lower the load (load.concurrency and the levels of load.stages)',
    ],
    [{ model: 'closed', concurrency: 9 }, 'lower the load (--set load.concurrency=4 halves it)'],
    [{ model: 'closed', concurrency: 1 }, 'lower the load'],
  ])('by the key that %o goes by', (load, words) => {
    expect(calmer({ scenario: { load } })).toBe(words);
  });

  it('by no key where the record has no scenario', () => {
    expect(calmer({ scenario: undefined })).toBe('lower the load');
  });
});
