/**
 * Blue and green, as operators do it daily: start the standby, wait until it is ready, send new queries there, wait
 * until the old one has none, stop it. A roll that fails leaves the old cluster in service.
 */
import type { SingleAction } from '../../scenario/expand.ts';
import { moves } from '../moves.ts';
import { type RollPlan, reached, type Step } from '../plan.ts';

export type BlueGreenSpec = NonNullable<SingleAction['roll']>;

export function blueGreen(spec: BlueGreenSpec): RollPlan {
  const { from, to } = spec;
  const out = moves.deactivate(from);
  const into = moves.activate(to);
  const steps: Step[] = [
    moves.start(to),
    moves.ready(to),
    into,
    moves.serving(to),
    ...(spec.minOpen > 0 ? [moves.busy(from, spec.minOpen)] : []),
    out,
    moves.drain(from, spec, to),
    ...(spec.stopOld ? [moves.stop(from, to)] : []),
  ];
  return { steps, wayBack: (failed) => backTo(from, to, steps, failed, { out, into }) };
}

/** First the old cluster is in service again, then the new one leaves it; it is left running, to be looked at. */
export function backTo(
  from: string,
  to: string,
  steps: readonly Step[],
  failed: string,
  { out, into }: { readonly out: Step; readonly into: Step },
): readonly Step[] | 'stays' {
  // An old cluster that would not stop is drained all the same: the new one serves, and that is what was wanted.
  if (failed === moves.stop(from).name) return 'stays';
  const old = reached(steps, failed, out.name) ? [moves.activate(from), moves.serving(from)] : [];
  return reached(steps, failed, into.name) ? [...old, moves.deactivate(to)] : old;
}
