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
  })
  .prefault({});
