/** What sends the load of a run: on the thread that asks for it, as here, or on threads of its own (`threads/pool.ts`). */
import type { GeneratorHealth } from '../measure/record/run-info.ts';
import type { Sample } from '../measure/record/sample.ts';
import type { Plan } from '../plan/plan.ts';
import { contactRule } from '../plan/safety/contact.ts';
import { type Access, credentialsOf } from './access.ts';
import { readInDriver } from './drivers/drivers.ts';
import { type Replay, type ReplaySettings, startReplay } from './engine.ts';
import { watchGenerator } from './health.ts';
import { preciseClock } from './precise/clock.ts';
import { type ClusterNews, followActive, type Routes, targetRule } from './targets.ts';

/** All that a generator has to know beforehand; plain data. */
export interface LoadOrder extends ReplaySettings {
  /** Hosts that may be spoken to beside loopback. */
  readonly allowHosts: readonly string[];
  readonly access: Access;
  readonly routes: Routes;
}

/** Times are clock milliseconds (`performance.now()`) of the thread that asks. */
export interface Go {
  /** What sample times count from. */
  readonly originMs: number;
  /** What intended times count from. */
  readonly startMs: number;
  /** Until then a plan that is through begins again. */
  readonly wantedUntilMs: number;
  readonly onSample: (sample: Sample) => void;
  /** Aborting ends the replay: open queries are cancelled, and what was not sent is recorded so. */
  readonly signal: AbortSignal;
}

export interface Generator {
  /** How long before `startMs` it has to be started to be in time for it. */
  readonly headStartMs: number;
  /** Once. */
  start(go: Go): Replay;
  /** Moves the time until which a plan that is through begins again. */
  wantUntil(atMs: number): void;
  /** How fit it was, from its start until the first time that this is asked. */
  health(): GeneratorHealth;
  close(): Promise<void>;
}

/** A generator on this thread, which has read in all that it needs. */
export async function localGenerator(plan: Plan, order: LoadOrder, news: ClusterNews): Promise<Generator> {
  await readInDriver(order.driver);
  const { access, allowHosts, routes, ...settings } = order;
  const clock = preciseClock();
  const active = followActive(new Map(routes.clusters.map((c) => [c.name, c.group])), routes.backBy);
  const unfollow = news.follow(active.note);
  let wantedUntilMs = 0;
  let stopWatching: (() => GeneratorHealth) | undefined;
  let health: GeneratorHealth | undefined;
  return {
    headStartMs: 0,
    start({ originMs, startMs, wantedUntilMs: untilMs, onSample, signal }) {
      wantedUntilMs = untilMs;
      stopWatching = watchGenerator();
      return startReplay(plan, {
        ...{ ...settings, clock, originMs, startMs, onSample, signal },
        mayContact: contactRule(allowHosts),
        credentials: credentialsOf(access, () => clock.nowMs()),
        tls: access.tls,
        targetOf: targetRule(routes, active),
        wanted: () => clock.nowMs() < wantedUntilMs,
      });
    },
    wantUntil(atMs) {
      wantedUntilMs = atMs;
    },
    health() {
      health ??= { threads: 1, ...(stopWatching ?? watchGenerator())() };
      return health;
    },
    async close() {
      unfollow();
      await clock.close();
    },
  };
}
