/** The choice inside groups, as a configuration asks for it. */
import type { Fleet } from '../backends/fleet.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Balancer, BalancerInputs, Candidate } from './balancers/balancer.ts';
import { createBalancer } from './balancers/index.ts';
import { LoadBook } from './load-book.ts';
import { createPicker, type Picker } from './picker.ts';
import { rampShare, Tunings } from './tuning.ts';

export interface Balancing {
  readonly picker: Picker;
  readonly loads: LoadBook;
  readonly tunings: Tunings;
  /** Stops listening to the fleet. */
  end(): void;
}

export interface BalancingInputs {
  readonly fleet: Fleet;
  /** Queries that this gateway has open at a base URL, those being submitted included. */
  readonly openAt: (proxyTo: string) => number;
  readonly random: () => number;
  readonly nowMs: () => number;
}

export function createBalancing(config: GatewayConfig, inputs: BalancingInputs): Balancing {
  const { fleet, nowMs, openAt, random } = inputs;
  const { balancer, groups, slowStart } = config.routing;
  const tunings = new Tunings();
  for (const { canaryShare, name, weight } of config.backends) tunings.set(name, { canaryShare, weight });
  const loads = new LoadBook(openAt);
  const hear = () => {
    for (const { backend, seen } of fleet.views())
      if (seen.counts !== undefined) loads.report(backend.proxyTo, seen.counts);
  };
  const end = fleet.onChange(hear);
  hear();

  function weightOf({ name }: Candidate): number {
    const { weight } = tunings.of(name);
    if (slowStart === 0) return weight;
    const sinceMs = fleet.view(name)?.seen.healthySinceMs;
    return sinceMs === undefined ? weight : weight * rampShare(nowMs() - sinceMs, slowStart);
  }

  const forBalancers: BalancerInputs = { random, weightOf, loads };
  const create = (name: typeof balancer) => createBalancer(name, config.compat === 'strict', forBalancers);
  const shared = create(balancer);
  const own = new Map<string, Balancer>();
  for (const [group, settings] of Object.entries(groups))
    if (settings.balancer !== undefined) own.set(group, create(settings.balancer));
  const balancerOf = (group: string) => own.get(group) ?? shared;
  return { picker: createPicker({ balancerOf, tunings, loads }), loads, tunings, end };
}
