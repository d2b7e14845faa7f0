// Strategies and faults against a fleet and a gateway of paper: the order of what is done, and the way back.
import { describe, expect, test } from 'vitest';
import { playTimeline } from '../../src/roll/timeline.ts';
import { expandTimeline } from '../../src/scenario/expand.ts';
import { scenarioSchema } from '../../src/scenario/schema.ts';
import { roll, setOpenCounts, setup, timeline } from './paper.ts';

describe('a drain that is late', () => {
  const late = (whenLate: string) => ({ ...roll, roll: { ...roll.roll, whenLate } });

  test('abort goes back: the old cluster first, and the roll is told as failed', async () => {
    setOpenCounts([1]);
    const { calls, events, context } = setup();
    await playTimeline(timeline(late('abort')), 0, context);
    expect(calls).toEqual([
      'start green',
      'activate green',
      'deactivate blue',
      'activate blue',
      'deactivate green',
    ]);
    expect(events.find((e) => e.type === 'roll-failed')?.text).toMatch(/in the way: \S+ of \S+, RUNNING$/);
    expect(events.filter((e) => e.type === 'roll-back')).toHaveLength(1);
  });

  test('wait names what is in the way and waits on', async () => {
    setOpenCounts([...Array(30).fill(1), 0]);
    const { calls, events, context } = setup();
    await playTimeline(timeline(late('wait')), 0, context);
    expect(calls.at(-1)).toBe('stop blue');
    expect(events.find((e) => e.type === 'warning')?.text).toContain('still had queries after 3 s');
    expect(events.at(-2)?.type).toBe('roll-finished');
  });
});

describe('a canary', () => {
  const grow = {
    at: '1s',
    canary: { group: 'bi', from: 'blue', to: 'green', shares: [10, 100], hold: '2s', minQueries: 4 },
  };

  test('grows step by step, and the old cluster leaves when the new one has all', async () => {
    setOpenCounts([0]);
    const { calls, context } = setup({}, { tally: () => ({ ended: 0, failed: 0 }) });
    await playTimeline(timeline(grow), 0, context);
    expect(calls).toEqual([
      'start green',
      'share green 10',
      'activate green',
      'share green 100',
      'deactivate blue',
      'share green none',
      'stop blue',
    ]);
  });

  test('is taken back when more of its queries fail than of the old one’s', async () => {
    setOpenCounts([0]);
    let looks = 0;
    const tally = (cluster: string) => {
      if (cluster === 'green') looks++;
      return cluster === 'green' ? { ended: looks * 5, failed: looks } : { ended: 100, failed: 0 };
    };
    const { calls, events, context } = setup({}, { tally });
    await playTimeline(timeline(grow), 0, context);
    expect(calls).toEqual([
      'start green',
      'share green 10',
      'activate green',
      'deactivate green',
      'share green none',
    ]);
    expect(events.find((e) => e.type === 'roll-failed')?.text).toContain(
      'was taken back at 10 %: 1 of its 5 queries',
    );
  });

  test('is taken back when a check says no', async () => {
    setOpenCounts([0]);
    const { calls, events, context } = setup({}, { check: async (name) => `${name} smells` });
    await playTimeline(timeline(grow), 0, context);
    expect(calls.at(-2)).toBe('deactivate green');
    expect(events.find((e) => e.type === 'roll-failed')?.text).toContain('green smells');
  });
});

describe('restarts', () => {
  const restarted = (name: string) => [
    `deactivate ${name}`,
    `stop ${name}`,
    `start ${name}`,
    `activate ${name}`,
  ];
  const group = {
    clusters: [
      ['one', 'a'],
      ['two', 'b'],
    ],
    up: ['one', 'two'],
  } as const;

  test('active-active takes one cluster at a time', async () => {
    setOpenCounts([0]);
    const { calls, context } = setup(group);
    await playTimeline(timeline({ at: '1s', activeActive: { group: 'bi', minOpen: 0 } }), 0, context);
    expect(calls).toEqual([...restarted('one'), ...restarted('two')]);
  });

  test('one cluster alone cannot be taken out while the others serve', async () => {
    const { calls, events, context } = setup({ clusters: [['one', 'a']] });
    await playTimeline(timeline({ at: '1s', activeActive: { group: 'bi' } }), 0, context);
    expect(calls).toEqual([]);
    expect(events.find((e) => e.type === 'roll-failed')?.text).toContain('has 1 active clusters');
  });

  test('a roll of configuration changes settings while the cluster is down', async () => {
    setOpenCounts([0]);
    const { calls, context } = setup();
    await playTimeline(
      timeline({ at: '1s', reconfigure: { cluster: 'blue', settings: { maxRunning: 3 }, minOpen: 0 } }),
      0,
      context,
    );
    expect(calls).toEqual(['deactivate blue', 'stop blue', 'configure blue', 'start blue', 'activate blue']);
  });
});

describe('faults and disasters', () => {
  test('a zone goes as a whole, its standbys come', async () => {
    setOpenCounts([0]);
    const clusters = [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
    ] as const;
    const { calls, context } = setup({ clusters, up: ['a1', 'a2'] });
    await playTimeline(
      timeline({ at: '1s', loseZone: { zone: 'a', standbys: ['b1'], minOpen: 0 } }),
      0,
      context,
    );
    expect(calls).toEqual(['SIGKILL a1', 'SIGKILL a2', 'start b1']);
  });

  test('a fault ends after its time, and also when the run is interrupted', async () => {
    const { calls, events, clock, context } = setup();
    await playTimeline(
      timeline({ at: '1s', fault: { type: 'hang', cluster: 'blue', for: '2s' } }),
      0,
      context,
    );
    expect(calls).toEqual(['freeze blue', 'thaw blue']);
    expect(clock.at).toBe(3_000);
    expect(events.map((e) => e.type)).toContain('fault-over');
    const stop = new AbortController();
    const again = setup();
    const sleepUntil = again.clock.sleepUntil;
    again.clock.sleepUntil = async (atMs, signal) => {
      if (atMs > 2_000) stop.abort(new Error('interrupted'));
      signal?.throwIfAborted();
      return sleepUntil(atMs, signal);
    };
    const actions = timeline({ at: '1s', fault: { type: 'hang', cluster: 'blue', for: '2s' } });
    await playTimeline(actions, 0, { ...again.context, signal: stop.signal });
    expect(again.calls).toEqual(['freeze blue', 'thaw blue']);
  });

  test('a fault of what is not there fails the action, and the next one is played', async () => {
    const { calls, events, context } = setup({ up: [] });
    await playTimeline(
      timeline(
        { at: '1s', fault: { type: 'hang', cluster: 'blue' } },
        { at: '2s', start: { cluster: 'blue' } },
      ),
      0,
      context,
    );
    expect(events.find((e) => e.type === 'roll-failed')?.text).toContain('blue does not run');
    expect(calls).toContain('start blue');
  });
});

describe('timelines as lists of single actions', () => {
  test('repetitions are unrolled, each with exactly one deed', () => {
    const actions = timeline({
      at: '3s',
      repeat: { times: 2, actions: [{ kill: { cluster: 'a' } }, { start: { cluster: 'a' } }] },
    });
    expect(actions.map((a) => Object.keys(a))).toEqual([
      ['at', 'kill'],
      ['at', 'start'],
      ['at', 'kill'],
      ['at', 'start'],
    ]);
  });

  test('chaos is drawn by the seed: the same one breaks the same things at the same times', () => {
    const entry = {
      at: '10s',
      chaos: {
        for: '10m',
        clusters: ['a', 'b'],
        faults: [{ type: 'hang' }, { type: 'delay', delay: '100ms' }, { type: 'kill-node' }],
      },
    };
    const draw = (seed: number) =>
      expandTimeline({ timeline: scenarioSchema.shape.timeline.parse([entry]), seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const actions = draw(3);
    const gaps = actions.slice(1).map((a, i) => a.at - (actions[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30_001);
    expect(actions.at(-1)?.at).toBeLessThanOrEqual(610_000);
    for (const { fault } of actions) expect(fault?.cluster === undefined).toBe(fault?.type === 'kill-node');
  });
});
