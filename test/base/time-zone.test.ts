import { describe, expect, test } from 'vitest';
import { isTimeZone, zoneOffsetMs } from '../../src/base/time-zone.ts';

const HOUR_MS = 3_600_000;

describe('how far clocks are ahead', () => {
  test.each([
    ['UTC', '2026-07-01T00:00Z', 0],
    ['+05:30', '2026-07-01T00:00Z', 5.5],
    ['-0300', '2026-07-01T00:00Z', -3],
    ['Europe/Berlin', '2026-01-15T12:00Z', 1],
    ['Europe/Berlin', '2026-07-15T12:00Z', 2],
    // Summer time began on 29 March 2026 at one o'clock UTC.
    ['Europe/Berlin', '2026-03-29T00:59:59Z', 1],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', 2],
    ['Asia/Kathmandu', '2026-03-29T01:00:00Z', 5.75],
    ['America/Los_Angeles', '2026-12-31T23:59:59Z', -8],
    ['Pacific/Kiritimati', '2026-12-31T23:59:59Z', 14],
  ])('%s at %s: %f hours', (zone, at, hours) => {
    expect(zoneOffsetMs(zone, Date.parse(at))).toBe(hours * HOUR_MS);
  });

  test('nobody knows others', () => {
    for (const zone of ['Europe/Atlantis', 'CET+1', 'Berlin', '', '../etc'])
      expect([zone, isTimeZone(zone), zoneOffsetMs(zone, 0)]).toEqual([zone, false, undefined]);
  });
});
