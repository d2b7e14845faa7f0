/** `timeline`: what happens to the fleet while the replay runs. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';
import { clusterName } from './names.ts';

const minOpen = z
  .int()
  .min(0)
  .default(1)
  .describe(
    'wait, 15 s at most, until so many queries are open on the cluster: without any, nothing is tested',
  );

const roll = z.strictObject({
  group: z.string(),
  from: clusterName,
  to: clusterName,
  minOpen,
  stopOld: z.boolean().default(true).describe('stop the drained cluster at the end'),
  drainTimeout: duration().prefault('60s').describe('how long to wait until the old cluster has no query'),
});

const kill = z.strictObject({
  cluster: clusterName,
  signal: z.enum(['SIGKILL', 'SIGTERM']).default('SIGKILL'),
  minOpen,
  restartAfter: duration().optional().describe('start the same cluster again after this time'),
});

export const action = z
  .strictObject({
    at: duration().describe('time since the start of the replay; the action waits for the one before it'),
    roll: roll.optional(),
    kill: kill.optional(),
    start: z.strictObject({ cluster: clusterName, activate: z.boolean().default(true) }).optional(),
  })
  .refine(
    (a) => [a.roll, a.kill, a.start].filter(Boolean).length === 1,
    'expected exactly one of roll, kill, start',
  );
