/** `rerun`: read-only statements that a cluster lost before their clients had a row run again on another one. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';

export const rerun = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'runs read-only statements again, once and unnoticed, when their coordinator was lost before a row reached the client',
      ),
    optOutTag: z
      .string()
      .min(1)
      .default('no-rerun')
      .describe('statements with this client tag are never run again'),
    perMinute: z
      .number()
      .int()
      .positive()
      .default(600)
      .describe('most re-runs of this gateway in a minute; what is beyond fails as without re-runs'),
    waitFor: duration().prefault('1m').describe('how long a re-run waits for a ready backend'),
    suspectFor: duration()
      .prefault('10m')
      .describe('a text whose re-run lost its coordinator too is not run again for so long'),
    maxHeldSize: size()
      .prefault('64MB')
      .describe('statements and headers kept for re-runs, over all open queries; further ones are not kept'),
  })
  .prefault({});
