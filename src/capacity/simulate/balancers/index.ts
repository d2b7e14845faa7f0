/** The balancers that can be compared, by name. Those of the bundled gateway have its names. */
import type { BalancerInputs, SimBalancer } from './balancer.ts';
import { costAwareBalancer } from './cost-aware.ts';
import { leastLoadedBalancer } from './least-loaded.ts';
import { queryCountBalancer } from './query-count.ts';
import { staleQueryCountBalancer } from './query-count-stale.ts';
import { randomBalancer } from './random.ts';
import { roundRobinBalancer } from './round-robin.ts';
import { twoChoicesBalancer } from './two-choices.ts';
import { userHashBalancer } from './user-hash.ts';
import { weightedBalancer } from './weighted.ts';

interface BalancerEntry {
  readonly make: (inputs: BalancerInputs) => SimBalancer;
  /** Looks at the users' own queues of the clusters' reports. */
  readonly byUser: boolean;
  /** One line for people. */
  readonly meaning: string;
}

export const SIM_BALANCERS = {
  random: { make: randomBalancer, byUser: false, meaning: 'by lot (the Java gateway’s default)' },
  'round-robin': { make: roundRobinBalancer, byUser: false, meaning: 'each in turn' },
  weighted: { make: weightedBalancer, byUser: false, meaning: 'each in turn, as often as its weight says' },
  'query-count-stale': {
    make: staleQueryCountBalancer,
    byUser: true,
    meaning: 'fewest by the clusters’ last report alone, as the Java gateway’s query-count router does',
  },
  'query-count': {
    make: queryCountBalancer,
    byUser: true,
    meaning: 'fewest by the last report, corrected by what the gateway itself began and saw end since',
  },
  'least-loaded': {
    make: leastLoadedBalancer,
    byUser: false,
    meaning: 'fewest open queries: own exactly, others’ by report',
  },
  'two-choices': { make: twoChoicesBalancer, byUser: false, meaning: 'the less loaded of two drawn by lot' },
  'user-hash': { make: userHashBalancer, byUser: false, meaning: 'a user’s queries always to one cluster' },
  'cost-aware': {
    make: costAwareBalancer,
    byUser: false,
    meaning: 'least expected work, learned by statement fingerprint',
  },
} as const satisfies Record<string, BalancerEntry>;

export type SimBalancerName = keyof typeof SIM_BALANCERS;

export const SIM_BALANCER_NAMES = Object.keys(SIM_BALANCERS) as readonly SimBalancerName[];
