// A fleet and a gateway of paper, and a clock that jumps: what a roll asks of whom is written down.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import type { Fleet } from '../../src/fleet/fleet.ts';
import type { BackendState, GatewayAdmin } from '../../src/fleet/gateways/gateway-admin.ts';
import { eventLog } from '../../src/measure/record/event-log.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { RollContext } from '../../src/roll/context.ts';
import { expandTimeline, type SingleAction } from '../../src/scenario/expand.ts';
import { scenarioSchema } from '../../src/scenario/schema.ts';

/** Answers /v1/queryState with the next count of open queries; the last one stays. */
let openCounts: number[] = [0];

/** Sets what /v1/queryState answers, call by call. */
export const setOpenCounts = (counts: number[]): void => {
  openCounts = counts;
};

let server: Server;
beforeAll(async () => {
  server = createServer((_, res) => {
    const open = openCounts.length > 1 ? openCounts.shift() : openCounts[0];
    res.end(JSON.stringify(Array.from({ length: open ?? 0 }, () => ({ queryState: 'RUNNING' }))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

export interface Setup {
  /** What the gateway says of a backend, call by call; the last answer stays. */
  readonly states?: Partial<BackendState>[];
  readonly up?: readonly string[];
  /** Members of group `bi`, all active, by name and zone. */
  readonly clusters?: readonly (readonly [string, string])[];
}

export function setup(
  { states = [{ status: 'HEALTHY' }], up = ['blue'], clusters = [] }: Setup = {},
  more: Partial<RollContext> = {},
) {
  const calls: string[] = [];
  const events: RunEvent[] = [];
  const running = new Set(up);
  const serving = new Set(clusters.length === 0 ? up : clusters.map(([name]) => name));
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
  const paper = (name: string, zone = '') => ({
    ...{ name, group: 'bi', zone, driver: 'stub', url, probeTable: 't' },
    launch: () => Promise.reject(),
  });
  const fleet: Fleet = {
    clusters: clusters.map(([name, zone]) => paper(name, zone)),
    cluster: paper,
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
    active: async () => [...serving],
    has: async () => true,
    backend: async () => undefined,
    async activate(name) {
      calls.push(`activate ${name}`);
      serving.add(name);
    },
    async deactivate(name) {
      calls.push(`deactivate ${name}`);
      serving.delete(name);
    },
    put: async () => {},
    remove: async () => {},
    setShare: async (name, percent) => void calls.push(`share ${name} ${percent ?? 'none'}`),
  };
  const context: RollContext = {
    ...{ clock, emit, fleet, admin, ...more },
    healthyTimeoutMs: 10_000,
    detectionMs: 1_000,
    signal: new AbortController().signal,
  };
  return { calls, events, clock, context };
}

export function timeline(...actions: object[]): readonly SingleAction[] {
  return expandTimeline({ timeline: scenarioSchema.shape.timeline.parse(actions), seed: 1 });
}

/** What was done, without the steps' begins. */
export const deeds = (events: readonly RunEvent[]) =>
  events.map((e) => e.type).filter((type) => type !== 'step-started');

export const roll = {
  at: '5s',
  roll: { group: 'bi', from: 'blue', to: 'green', drainTimeout: '3s', minOpen: 0 },
};
