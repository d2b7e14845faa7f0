/** The steps of all strategies: what each is called, what it does, and how long it may take. */
import { sleep } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import { atMost, type RollContext } from './context.ts';
import { type DrainSpec, drain } from './drain.ts';
import type { Step } from './plan.ts';
import {
  activate,
  assertOut,
  change,
  deactivate,
  startUp,
  stopDown,
  waitBusy,
  waitHealthy,
} from './steps.ts';

type Run = Step['run'];

const move = (name: string, title: string, run: Run, limitMs?: number): Step => ({
  name,
  title,
  run,
  limitMs,
});

/** `prefix` tells apart the moves of a plan that makes them for several clusters. */
export const moves = {
  start: (cluster: string): Step =>
    move(`start ${cluster}`, `start ${cluster}, unless it runs`, (c, a) => startUp(c, cluster, a)),
  ready: (cluster: string): Step =>
    move(`ready ${cluster}`, `wait until the gateway calls ${cluster} healthy`, (c, a) =>
      waitHealthy(c, cluster, a),
    ),
  activate: (cluster: string): Step =>
    move(`activate ${cluster}`, `activate ${cluster}: new queries go there`, (c, a) =>
      activate(c, cluster, a),
    ),
  /** Some gateways check an activated cluster anew before it gets queries; until then the others are needed. */
  serving: (cluster: string): Step =>
    move(`serving ${cluster}`, `wait until ${cluster} gets new queries`, (c, a) =>
      waitHealthy(c, cluster, a),
    ),
  busy: (cluster: string, minOpen: number): Step =>
    move(`busy ${cluster}`, `wait until ${cluster} has ${minOpen} open queries, at most 15 s`, (c) =>
      waitBusy(c, cluster, minOpen),
    ),
  deactivate: (cluster: string): Step =>
    move(`deactivate ${cluster}`, `deactivate ${cluster}: no new queries go there`, (c, a) =>
      deactivate(c, cluster, a),
    ),
  /** `instead`: the cluster that serves in its place, where there is one. */
  drain: (cluster: string, spec: DrainSpec, instead?: string): Step =>
    move(
      `drain ${cluster}`,
      `wait until ${cluster} has no query left, ${atMost(spec.drainTimeout)}, then ${spec.whenLate}`,
      async (c, a) => {
        await assertOut(c, cluster, instead);
        await drain(c, cluster, spec, a);
      },
      spec.drainTimeout,
    ),
  stop: (cluster: string, instead?: string): Step =>
    move(`stop ${cluster}`, `stop ${cluster}`, async (c, a) => {
      await assertOut(c, cluster, instead);
      await stopDown(c, cluster, a);
    }),
  share: (cluster: string, percent: number | undefined): Step =>
    move(
      `share ${cluster} ${percent ?? 'none'}`,
      percent === undefined
        ? `${cluster} is no canary any more`
        : `${cluster} gets ${percent} % of the new queries`,
      (c) =>
        change(c, async (admin) => {
          await admin.setShare(cluster, percent);
          return true;
        }),
    ),
  pause: (name: string, ms: number): Step =>
    move(`pause ${name}`, `pause ${formatMs(ms)}`, (c) => sleep(c.clock, ms, c.signal), ms),
  own: (
    name: string,
    title: string,
    run: (context: RollContext, action: number) => Promise<void>,
    limitMs?: number,
  ) => move(name, title, run, limitMs),
};
