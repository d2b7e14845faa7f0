import { describe, expect, test } from 'vitest';
import { readServerTiming } from '../../src/replay/server-timing.ts';

describe('what a gateway says of its times', () => {
  test.each<[string | undefined, object | undefined]>([
    [undefined, undefined],
    [
      'route;dur=0.250, queue;dur=1, connect;dur=0.5, first_byte;dur=12.345',
      { ownUs: 1750, upstreamUs: 12_345 },
    ],
    ['first_byte;desc="the cluster";dur=3,other;dur=99', { ownUs: 0, upstreamUs: 3000 }],
    ['route;dur=1', undefined],
    ['first_byte;dur=-1', undefined],
    ['first_byte;dur=soon', undefined],
    ['first_byte', undefined],
    ['', undefined],
    [`first_byte;dur=1,${'x'.repeat(2000)}`, undefined],
  ])('%s', (header, said) => {
    expect(readServerTiming(header)).toEqual(said);
  });
});
