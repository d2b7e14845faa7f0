/** The actions a timeline can hold: what each is called, of which kind it is, and what it does. */
import { sleep } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import type { SingleAction } from '../scenario/expand.ts';
import type { DeedName } from '../scenario/sections/timeline/index.ts';
import { type RollContext, StepFailed } from './context.ts';
import { FAULT_DEEDS, type FaultSpec } from './faults/index.ts';
import { playPlan, type RollPlan } from './plan.ts';
import { activate, adminOf, startUp, waitBusy, waitHealthy } from './steps.ts';
import { blueGreen } from './strategies/blue-green.ts';
import { canary } from './strategies/canary.ts';
import { gatewayNodes, nodesOf } from './strategies/gateway-nodes.ts';
import { loseZone } from './strategies/lose-zone.ts';
import { activeActive, reconfigure, restartInPlace } from './strategies/restart.ts';

type Spec<K extends DeedName> = NonNullable<SingleAction[K]>;

interface Deed<K extends DeedName> {
  /** `roll`: nothing may be lost; `fault`: something is taken away. */
  readonly kind: 'roll' | 'fault';
  /** For people: `roll bi: bi-blue → bi-green`. */
  readonly title: (spec: Spec<K>) => string;
  readonly play: (spec: Spec<K>, context: RollContext, action: number) => Promise<void>;
}

const plan =
  (make: (context: RollContext) => RollPlan | Promise<RollPlan>) =>
  async (context: RollContext, action: number) =>
    playPlan(await make(context), context, action);

export const DEEDS: { readonly [K in DeedName]: Deed<K> } = {
  roll: {
    kind: 'roll',
    title: ({ group, from, to }) => `roll ${group}: ${from} → ${to}`,
    play: (spec, context, action) => plan(() => blueGreen(spec))(context, action),
  },
  canary: {
    kind: 'roll',
    title: ({ group, from, to, shares }) =>
      `roll ${group}: ${from} → ${to} as a canary (${shares.join(', ')} %)`,
    play: (spec, context, action) => plan(() => canary(spec))(context, action),
  },
  restart: {
    kind: 'roll',
    title: ({ cluster }) => `roll ${cluster} in place`,
    play: (spec, context, action) => plan(() => restartInPlace(spec))(context, action),
  },
  activeActive: {
    kind: 'roll',
    title: ({ group }) => `roll ${group}: every cluster, one at a time`,
    play: (spec, context, action) =>
      plan(async (c) => activeActive(spec, await activeIn(spec.group, c)))(context, action),
  },
  reconfigure: {
    kind: 'roll',
    title: ({ cluster, settings }) => `roll ${cluster}: other settings (${Object.keys(settings).join(', ')})`,
    play: (spec, context, action) => plan(() => reconfigure(spec))(context, action),
  },
  restartGateway: {
    kind: 'roll',
    title: () => 'roll the gateway’s nodes, one at a time',
    play: (spec, context, action) =>
      plan((c) =>
        gatewayNodes(
          spec,
          nodesOf(c).nodes.map((node) => node.name),
        ),
      )(context, action),
  },
  loseZone: {
    kind: 'fault',
    title: ({ zone }) => `kill zone ${zone}`,
    play: loseZone,
  },
  kill: {
    kind: 'fault',
    title: ({ cluster, signal }) => `kill ${cluster} (${signal})`,
    play: kill,
  },
  start: { kind: 'fault', title: ({ cluster }) => `start ${cluster}`, play: start },
  fault: { kind: 'fault', title: faultTitle, play: breakForAWhile },
};

/** Active clusters of a group by the gateway's word; one alone cannot be taken out while the others serve. */
async function activeIn(group: string, context: RollContext): Promise<readonly string[]> {
  const active = new Set(await adminOf(context).active());
  const found = context.fleet.clusters.filter((c) => c.group === group && active.has(c.name));
  if (found.length < 2)
    throw new StepFailed(
      `group ${group} has ${found.length} active clusters; one at a time takes two at least`,
    );
  return found.map((cluster) => cluster.name);
}

/** Ends a coordinator without warning, and starts it again when the scenario says so. */
async function kill(spec: Spec<'kill'>, context: RollContext, action: number): Promise<void> {
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
async function start(spec: Spec<'start'>, context: RollContext, action: number): Promise<void> {
  await startUp(context, spec.cluster, action);
  if (context.admin === undefined) return;
  await waitHealthy(context, spec.cluster, action);
  if (spec.activate) await activate(context, spec.cluster, action);
}

function faultTitle({ type, cluster, for: lasts }: FaultSpec): string {
  return `${type}${cluster === undefined ? '' : ` on ${cluster}`} for ${formatMs(lasts)}`;
}

/** The fault ends even when the run is interrupted: what was frozen or locked is not left so. */
async function breakForAWhile(spec: FaultSpec, context: RollContext, action: number): Promise<void> {
  if (spec.cluster !== undefined) await waitBusy(context, spec.cluster, spec.minOpen);
  const fields = {
    fault: spec.type,
    action,
    ...(spec.cluster === undefined ? {} : { cluster: spec.cluster }),
  };
  const end = await FAULT_DEEDS[spec.type](spec, context, action);
  context.emit('fault-in-force', `${spec.type} is in force`, fields);
  try {
    await sleep(context.clock, spec.for, context.signal);
  } finally {
    await end();
    context.emit('fault-over', `${spec.type} is over`, { ...fields, tookMs: spec.for });
  }
}
