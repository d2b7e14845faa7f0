/** `gateway`: the gateway under test. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const gateway = z.strictObject({
  driver: z
    .enum(['bundled', 'java', 'url', 'proxy', 'none'])
    .default('bundled')
    .describe(
      '`bundled`: started by the run; `java`: a Java Trino Gateway, installed through Maven and started by the run; `url`: one that runs already, ours or the Java one; `proxy`: any other proxy, without rolls; `none`: straight to the clusters (A/A)',
    ),
  nodes: z
    .int()
    .min(1)
    .max(9)
    .default(1)
    .describe('driver bundled: so many processes on one store, behind a TCP balancer'),
  url: z.url().optional().describe('drivers url and proxy: where statements go'),
  adminUrl: z.url().optional().describe('driver url: where the admin API is, when not at `url`'),
  user: z.string().optional().describe('driver url: who uses the admin API'),
  passwordEnv: z
    .string()
    .optional()
    .describe('driver url: name of the environment variable that holds the password'),
  tokenEnv: z
    .string()
    .optional()
    .describe('driver url: name of the environment variable that holds a bearer token'),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('drivers bundled and java: its configuration, as in the gateway’s own file'),
  readyTimeout: duration()
    .prefault('30s')
    .describe('how long it may take until its active clusters are healthy'),
});
