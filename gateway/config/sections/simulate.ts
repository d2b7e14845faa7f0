/** `simulate`: deliberate faults, for checking measuring instruments. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';

export const simulate = z
  .strictObject({
    submitDelay: duration()
      .optional()
      .describe(
        'waits before forwarding each new statement: a known delay for checking measuring instruments',
      ),
    misrouteEvery: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('every so many statements one goes to a backend of another group'),
    strayEvery: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('of every so many queries one is asked for at a backend that does not have it'),
  })
  .prefault({});
