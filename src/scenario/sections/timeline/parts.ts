/** Keys that several actions of a timeline have. */
import { z } from 'zod';
import { duration } from '../../../base/yaml.ts';

export const minOpen = z
  .int()
  .min(0)
  .default(1)
  .describe(
    'wait, 15 s at most, until so many queries are open on the cluster: without any, nothing is tested',
  );

/** How a cluster is emptied; part of every action that takes one out of service in order. */
export const draining = {
  drainTimeout: duration()
    .prefault('60s')
    .describe('patience: how long to wait until the old cluster has no query'),
  whenLate: z
    .enum(['abort', 'kill', 'wait'])
    .default('abort')
    .describe(
      'when patience is over, the queries that still run are named; then: `abort` the roll and go back, `kill` these queries, or `wait` on',
    ),
  countBy: z
    .enum(['both', 'gateway', 'cluster'])
    .default('both')
    .describe('whose count of open queries has to be zero; `gateway` where the cluster cannot be asked'),
};
