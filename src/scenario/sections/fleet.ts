/** `fleet`: the clusters behind the gateway. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';
import { clusterName } from './names.ts';

const cluster = z.strictObject({
  name: clusterName,
  group: z.string().describe('routing group'),
  zone: z.string().default('').describe('availability zone, for the record'),
  active: z.boolean().default(true).describe('takes queries from the start; a standby is started by a roll'),
  port: z.int().min(0).max(65535).default(0).describe('0 picks a free one'),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('settings of this one, over those of the fleet'),
});

export const fleet = z.strictObject({
  driver: z
    .enum(['stub', 'trino', 'commands', 'url'])
    .default('stub')
    .describe(
      'simulated coordinators, local Trino processes, clusters that commands of yours start and stop, or clusters that nobody here may start or stop',
    ),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('settings of the driver, for every cluster'),
  serviceTime: z
    .strictObject({
      scale: z.number().positive().default(0.05).describe('recorded elapsed time is multiplied by this'),
      max: duration().prefault('2500ms'),
      min: duration().prefault('5ms'),
    })
    .prefault({})
    .describe(
      'driver stub: simulated time = median recorded time of the statement’s text × scale, within min and max',
    ),
  startTimeout: duration().prefault('180s').describe('how long a cluster may take to be ready'),
  clusters: z.array(cluster).min(1),
});
