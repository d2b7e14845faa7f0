/** `baseline`: the arm that a gateway is compared with. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const baseline = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of read-only queries that also take the other way'),
  noise: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'share of these that go the baseline’s way twice: what differs then is the noise of the instrument',
    ),
  gap: duration().prefault('200ms').describe('planned distance between the members of a pair'),
  through: z
    .enum(['direct', 'gateway'])
    .default('direct')
    .describe(
      '`direct`: straight to the cluster that should own it; `gateway`: through a second bundled gateway',
    ),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('through: gateway — settings of that second gateway, on top of those of the first'),
});
