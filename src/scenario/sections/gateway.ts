/** `gateway`: the gateway under test. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const gateway = z.strictObject({
  driver: z
    .enum(['bundled', 'url', 'none'])
    .default('bundled')
    .describe(
      '`bundled`: started by the run; `url`: one that runs already; `none`: straight to the clusters (A/A)',
    ),
  url: z.url().optional().describe('driver url: where statements go and where the admin API is'),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('driver bundled: its configuration, as in the gateway’s own file'),
  readyTimeout: duration()
    .prefault('30s')
    .describe('how long it may take until its active clusters are healthy'),
});
