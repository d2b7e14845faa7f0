/** What a roll in production is told: a file, and flags over it. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';
import { commandsSettings } from '../../fleet/clusters/commands-driver.ts';

const cluster = commandsSettings
  .partial()
  .describe(
    'how it is started and stopped; with nothing but its address, or nothing at all, only the gateway’s admin API is used',
  );

/** No name and password and no query: the one would stand in state and reports, the other be no prefix of a path. */
const adminUrl = () =>
  z.url().refine((url) => {
    const { password, search, username } = new URL(url);
    return username === '' && password === '' && search === '';
  }, 'expected a URL without user, password and query: give gateway.user and gateway.passwordEnv, or gateway.tokenEnv');

export const productionRollSchema = z.strictObject({
  gateway: z
    .strictObject({
      url: adminUrl().describe('the gateway’s admin API'),
      nodes: z
        .array(adminUrl())
        .default([])
        .describe(
          'every node, where several share a store: each is told of a change and asked for its open queries',
        ),
      user: z.string().optional(),
      passwordEnv: z.string().optional().describe('environment variable that holds the password'),
      tokenEnv: z.string().optional().describe('environment variable that holds a bearer token'),
    })
    .describe('ours or the Java Trino Gateway'),
  group: z.string().describe('routing group of both clusters'),
  strategy: z.enum(['blue-green', 'canary', 'restart']).default('blue-green'),
  from: z.string().optional().describe('the cluster that serves now'),
  to: z.string().optional().describe('the cluster that is to serve'),
  between: z
    .tuple([z.string(), z.string()])
    .optional()
    .describe('in place of from and to: from the one of the two that is active to the other one'),
  clusters: z.record(z.string(), cluster).default({}),
  stopOld: z.boolean().default(true).describe('stop the drained cluster, where a command for it is given'),
  adminPatience: duration()
    .prefault('30s')
    .describe('how long a change is tried again that the gateway does not take, or takes and does not make'),
  healthyTimeout: duration().prefault('10m').describe('how long the new cluster may take to be healthy'),
  drainTimeout: duration()
    .prefault('30m')
    .describe('patience: how long the old cluster’s queries may take to end'),
  whenLate: z
    .enum(['abort', 'kill', 'wait'])
    .default('abort')
    .describe('then: go back to the old cluster, kill what still runs, or wait on'),
  countBy: z
    .enum(['both', 'gateway', 'cluster'])
    .default('both')
    .describe('whose count of open queries has to be zero; `gateway` where the cluster cannot be asked'),
  shares: z.array(z.number().min(0).max(100)).min(1).default([1, 10, 50, 100]).describe('strategy canary'),
  hold: duration().prefault('5m').describe('strategy canary: how long each share is watched'),
  check: z
    .union([z.array(z.string()).min(1), z.string()])
    .optional()
    .describe(
      'strategy canary: a command asked every few seconds (REHEARSE_CLUSTER names the new cluster); any exit but 0 takes the canary back',
    ),
  state: z.string().default('rolls').describe('folder for state, locks and reports'),
});

export type ProductionRoll = z.output<typeof productionRollSchema>;

/** Environment variables that hold what the gateway's admin API is asked with. */
export function secretEnvOf({ gateway }: ProductionRoll): readonly string[] {
  return [gateway.passwordEnv, gateway.tokenEnv].filter((name) => name !== undefined);
}
