/** Restart in place, one cluster or one after the other; with other settings where the roll is one of configuration. */
import type { SingleAction } from '../../scenario/expand.ts';
import type { RollContext } from '../context.ts';
import type { DrainSpec } from '../drain.ts';
import { moves } from '../moves.ts';
import { type RollPlan, reached, type Step } from '../plan.ts';

type Restart = DrainSpec & { readonly cluster: string; readonly minOpen: number };

/** Out of service, drained, down, up, ready, in service. `configure` is done while it is down. */
function restartSteps(spec: Restart, configure: readonly Step[] = []): readonly Step[] {
  const { cluster } = spec;
  return [
    ...(spec.minOpen > 0 ? [moves.busy(cluster, spec.minOpen)] : []),
    moves.deactivate(cluster),
    moves.drain(cluster, spec),
    moves.stop(cluster),
    ...configure,
    moves.start(cluster),
    moves.ready(cluster),
    moves.activate(cluster),
    moves.serving(cluster),
  ];
}

/** A cluster that could not be drained goes on serving; one that is down is not brought back by wishing. */
function backInService(cluster: string, steps: readonly Step[]): RollPlan['wayBack'] {
  return (failed) => {
    const isOut = reached(steps, failed, moves.deactivate(cluster).name);
    const isDown = reached(steps, failed, moves.stop(cluster).name);
    return isOut && !isDown ? [moves.activate(cluster), moves.serving(cluster)] : [];
  };
}

export function restartInPlace(spec: NonNullable<SingleAction['restart']>): RollPlan {
  const steps = restartSteps(spec);
  return { steps, wayBack: backInService(spec.cluster, steps) };
}

export function reconfigure(spec: NonNullable<SingleAction['reconfigure']>): RollPlan {
  const { cluster, settings } = spec;
  const keys = Object.keys(settings).join(', ');
  const configured = moves.own(
    `configure ${cluster}`,
    `give ${cluster} other settings: ${keys}`,
    async ({ fleet }: RollContext) => fleet.configure(cluster, settings),
  );
  const steps = restartSteps(spec, [configured]);
  return { steps, wayBack: backInService(cluster, steps) };
}

/** All clusters of a group in turn; each is back in service before the next one leaves it. */
export function activeActive(
  spec: NonNullable<SingleAction['activeActive']>,
  clusters: readonly string[],
): RollPlan {
  const perCluster = clusters.map((cluster, i) => {
    const pause = i > 0 && spec.pause > 0 ? [moves.pause(`before ${cluster}`, spec.pause)] : [];
    return { cluster, steps: [...pause, ...restartSteps({ ...spec, cluster })] };
  });
  const steps = perCluster.flatMap((part) => part.steps);
  const wayBack = (failed: string) => {
    const part = perCluster.find((p) => p.steps.some((step) => step.name === failed));
    return part === undefined ? [] : backInService(part.cluster, part.steps)(failed);
  };
  return { steps, wayBack };
}
