/** The actions a timeline can hold: one function each. */
import { sleep } from '../base/clock.ts';
import type { TimelineAction } from '../scenario/schema.ts';
import type { RollContext } from './context.ts';
import { activate, deactivate, drain, waitBusy, waitHealthy } from './steps.ts';

type RollSpec = NonNullable<TimelineAction['roll']>;
type KillSpec = NonNullable<TimelineAction['kill']>;
type StartSpec = NonNullable<TimelineAction['start']>;

/**
 * Blue and green, as operators do it daily: start the standby, wait until it is ready, send new queries there,
 * wait until the old one has none, stop it. A step that fails leaves the old cluster as it is.
 */
export async function roll(spec: RollSpec, context: RollContext, action: number): Promise<void> {
  const { from, to } = spec;
  if (!context.fleet.isUp(to)) await context.fleet.start(to, action);
  await waitHealthy(context, to, action);
  await activate(context, to, action);
  // Some gateways check an activated cluster anew before it gets queries; until then the old one is needed.
  await waitHealthy(context, to, action);
  await waitBusy(context, from, spec.minOpen);
  await deactivate(context, from, action);
  await drain(context, from, spec.drainTimeout, action);
  if (spec.stopOld) await context.fleet.stop(from, action);
}

/** Ends a coordinator without warning, and starts it again when the scenario says so. */
export async function kill(spec: KillSpec, context: RollContext, action: number): Promise<void> {
  const { cluster } = spec;
  const { clock, fleet, signal } = context;
  await waitBusy(context, cluster, spec.minOpen);
  await fleet.kill(cluster, spec.signal, action);
  if (spec.restartAfter === undefined) return sleep(clock, context.detectionMs, signal);
  await sleep(clock, spec.restartAfter, signal);
  await fleet.start(cluster, action);
  if (context.admin !== undefined) await waitHealthy(context, cluster, action);
}

/** Brings a cluster up beside the others. */
export async function start(spec: StartSpec, context: RollContext, action: number): Promise<void> {
  if (!context.fleet.isUp(spec.cluster)) await context.fleet.start(spec.cluster, action);
  if (context.admin === undefined) return;
  await waitHealthy(context, spec.cluster, action);
  if (spec.activate) await activate(context, spec.cluster, action);
}
