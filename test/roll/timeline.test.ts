// The roll's steps against a fleet and a gateway of paper: what is asked of whom, in which order, and what is recorded.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import type { BackendState, GatewayAdmin } from '../../src/fleet/gateway-admin.ts';
import { eventLog } from '../../src/measure/event-log.ts';
import type { RunEvent } from '../../src/measure/events.ts';
import type { RollContext } from '../../src/roll/context.ts';
import { playTimeline } from '../../src/roll/timeline.ts';
import { expandTimeline, type SingleAction } from '../../src/scenario/expand.ts';
import { scenarioSchema } from '../../src/scenario/schema.ts';

/** Answers /v1/query with the next count of open queries; the last one stays. */
let openCounts: number[] = [0];
let server: Server;
beforeAll(async () => {
  server = createServer((_, res) => {
    const open = openCounts.length > 1 ? openCounts.shift() : openCounts[0];
    res.end(
      JSON.stringify(
        Array.from({ length: open ?? 0 }, () => ({ state: 'RUNNING' })).concat({ state: 'FINISHED' }),
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

interface Setup {
  /** What the gateway says of a backend, call by call; the last answer stays. */
  readonly states?: Partial<BackendState>[];
  readonly up?: readonly string[];
}

function setup({ states = [{ status: 'HEALTHY' }], up = ['blue'] }: Setup = {}) {
  const calls: string[] = [];
  const events: RunEvent[] = [];
  const running = new Set(up);
  const clock: Clock & { at: number } = {
    at: 0,
    nowMs: () => clock.at,
    wallMs: () => clock.at,
    async sleepUntil(atMs) {
      clock.at = Math.max(clock.at, atMs);
    },
  };
  const emit = eventLog(clock, 0, (event) => events.push(event));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fleet: Fleet = {
    clusters: [],
    cluster: (name) => ({
      name,
      group: 'bi',
      zone: '',
      driver: 'stub',
      url,
      probeTable: 't',
      launch: () => Promise.reject(),
    }),
    isUp: (name) => running.has(name),
    start: async (name) => {
      calls.push(`start ${name}`);
      running.add(name);
    },
    stop: async (name) => {
      calls.push(`stop ${name}`);
      running.delete(name);
    },
    kill: async (name, signal) => {
      calls.push(`${signal} ${name}`);
      running.delete(name);
    },
    attach: async () => {},
    freeze: (name) => calls.push(`freeze ${name}`) > 0,
    thaw: (name) => void calls.push(`thaw ${name}`),
    configure: (name) => void calls.push(`configure ${name}`),
    close: async () => {},
  };
  const admin: GatewayAdmin = {
    state: async () => {
      const state = states.length > 1 ? states.shift() : states[0];
      return { status: 'HEALTHY', reason: '', openQueries: 0, ...state };
    },
    active: async () => [],
    has: async () => true,
    backend: async () => undefined,
    activate: async (name) => void calls.push(`activate ${name}`),
    deactivate: async (name) => void calls.push(`deactivate ${name}`),
    put: async () => {},
    remove: async () => {},
    setShare: async (name, percent) => void calls.push(`share ${name} ${percent ?? 'none'}`),
  };
  const context: RollContext = {
    ...{ clock, emit, fleet, admin },
    healthyTimeoutMs: 10_000,
    detectionMs: 1_000,
    signal: new AbortController().signal,
  };
  return { calls, events, clock, context };
}

function timeline(...actions: object[]): readonly SingleAction[] {
  return expandTimeline({ timeline: scenarioSchema.shape.timeline.parse(actions), seed: 1 });
}

/** What was done, without the steps' begins. */
const deeds = (events: readonly RunEvent[]) =>
  events.map((e) => e.type).filter((type) => type !== 'step-started');

const roll = { at: '5s', roll: { group: 'bi', from: 'blue', to: 'green', drainTimeout: '3s', minOpen: 0 } };

describe('a roll', () => {
  test('starts the standby, waits, activates, deactivates, drains, stops: in this order', async () => {
    openCounts = [0];
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
    openCounts = [0];
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
    openCounts = [2, 0, 0, 1, 0, 0, 0];
    const { calls, events, context } = setup();
    await playTimeline(timeline(roll), 0, context);
    expect(calls.at(-1)).toBe('stop blue');
    expect(events.find((e) => e.type === 'cluster-drained')?.tookMs).toBeGreaterThanOrEqual(1_200);
  });

  test('the gateway’s own count keeps a cluster alive that calls itself empty', async () => {
    openCounts = [0];
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
    openCounts = [0, 1, 1, 2, 0];
    const { calls, clock, context } = setup();
    await playTimeline(timeline({ at: '1s', kill: { cluster: 'blue', minOpen: 2 } }), 0, context);
    expect(calls).toEqual(['SIGKILL blue']);
    expect(clock.at).toBe(1_000 + 3 * 50 + 1_000);
  });

  test('and goes on after 15 s all the same', async () => {
    openCounts = [0];
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
    openCounts = [0];
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
