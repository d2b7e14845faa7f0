// The roll's steps against a fleet and a gateway of paper: what is asked of whom, in which order, and what is recorded.
import { describe, expect, test } from 'vitest';
import { playTimeline } from '../../src/roll/timeline.ts';
import { deeds, roll, setOpenCounts, setup, timeline } from './paper.ts';

describe('a roll', () => {
  test('starts the standby, waits, activates, deactivates, drains, stops: in this order', async () => {
    setOpenCounts([0]);
    const { calls, events, context, clock } = setup();
    await playTimeline(timeline(roll), 0, context);
    expect(calls).toEqual(['start green', 'activate green', 'deactivate blue', 'stop blue']);
    expect(deeds(events)).toEqual([
      'phase',
      'roll-started',
      'cluster-healthy',
      'cluster-activated',
      'cluster-healthy',
      'cluster-deactivated',
      'cluster-drained',
      'roll-finished',
      'phase',
    ]);
    expect(events[0]).toMatchObject({ atUs: 5e6, text: 'roll bi: blue → green', action: 0 });
    expect(clock.at).toBeGreaterThanOrEqual(5_000);
  });

  test('activates nothing before the gateway calls it healthy', async () => {
    setOpenCounts([0]);
    const { calls, context, clock } = setup({
      states: [{ status: 'PENDING' }, { status: 'PENDING' }, { status: 'HEALTHY' }],
    });
    await playTimeline(timeline(roll), 0, context);
    expect(calls).toContain('activate green');
    expect(clock.at).toBeGreaterThanOrEqual(5_400);
  });

  test('a standby that never becomes healthy leaves the old cluster as it is', async () => {
    const { calls, events, context } = setup({ states: [{ status: 'UNHEALTHY', reason: 'scan failed' }] });
    await playTimeline(timeline(roll), 0, context);
    expect(calls).toEqual(['start green']);
    expect(events.find((e) => e.type === 'roll-failed')?.text).toBe(
      'roll bi: blue → green: green was not healthy after 10 s; last UNHEALTHY: scan failed',
    );
  });

  test('one zero is no proof: three in a row are', async () => {
    setOpenCounts([2, 0, 0, 1, 0, 0, 0]);
    const { calls, events, context } = setup();
    await playTimeline(timeline(roll), 0, context);
    expect(calls.at(-1)).toBe('stop blue');
    expect(events.find((e) => e.type === 'cluster-drained')?.tookMs).toBeGreaterThanOrEqual(1_200);
  });

  test('the gateway’s own count keeps a cluster alive that calls itself empty', async () => {
    setOpenCounts([0]);
    const { calls, events, context } = setup({ states: [{ status: 'HEALTHY' }, { openQueries: 1 }] });
    await playTimeline(timeline(roll), 0, context);
    expect(calls).not.toContain('stop blue');
    expect(events.find((e) => e.type === 'roll-failed')?.text).toContain(
      '0 by its own word, 1 by the gateway',
    );
  });
});

describe('waiting until there is something to test', () => {
  test('a kill waits until the cluster has so many open queries', async () => {
    setOpenCounts([0, 1, 1, 2, 0]);
    const { calls, clock, context } = setup();
    await playTimeline(timeline({ at: '1s', kill: { cluster: 'blue', minOpen: 2 } }), 0, context);
    expect(calls).toEqual(['SIGKILL blue']);
    expect(clock.at).toBe(1_000 + 3 * 50 + 1_000);
  });

  test('and goes on after 15 s all the same', async () => {
    setOpenCounts([0]);
    const { calls, clock, context } = setup();
    await playTimeline(timeline({ at: '1s', kill: { cluster: 'blue' } }), 0, context);
    expect(calls).toEqual(['SIGKILL blue']);
    expect(clock.at).toBe(1_000 + 15_000 + 1_000);
  });
});

describe('other actions', () => {
  test('a kill with restart comes back and waits for health', async () => {
    const { calls, events, context } = setup();
    await playTimeline(
      timeline({ at: '1s', kill: { cluster: 'blue', restartAfter: '2s', minOpen: 0 } }),
      0,
      context,
    );
    expect(calls).toEqual(['SIGKILL blue', 'start blue']);
    expect(events.map((e) => e.type)).toEqual([
      'phase',
      'fault-started',
      'cluster-healthy',
      'fault-finished',
      'phase',
    ]);
  });

  test('an action waits for the one before it, and for its time', async () => {
    setOpenCounts([0]);
    const { events, context } = setup({
      states: [{ status: 'PENDING' }, ...Array(20).fill({ status: 'PENDING' }), { status: 'HEALTHY' }],
    });
    await playTimeline(timeline(roll, { at: '6s', start: { cluster: 'blue' } }), 0, context);
    const [, second] = events.filter((e) => e.type === 'phase' && (e.action ?? -1) >= 0);
    expect(second?.atUs).toBeGreaterThan(9e6);
  });

  test('an interrupt ends the timeline at once', async () => {
    const { calls, context } = setup();
    await playTimeline(timeline(roll), 0, { ...context, signal: AbortSignal.abort() });
    expect(calls).toEqual([]);
  });
});
