/** Broken connections between the gateway and a cluster. */
import type { WayFault } from '../../fleet/faults/ways/fault.ts';
import { StepFailed } from '../context.ts';
import type { Fault, FaultSpec } from './index.ts';
import { clusterOf } from './target.ts';

export function way(faultOf: (spec: FaultSpec) => WayFault): Fault {
  return async (spec, { ways }) => {
    const cluster = clusterOf(spec);
    if (ways === undefined) throw new StepFailed('no proxy stands between the gateway and its clusters');
    await ways.set(cluster, faultOf(spec));
    return () => ways.set(cluster, { kind: 'none' });
  };
}
