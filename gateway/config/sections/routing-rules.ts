/** `routingRules`: which group a request goes to. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

export const routingRules = z
  .strictObject({
    rulesEngineEnabled: z.boolean().default(false),
    rulesType: z.literal('FILE').default('FILE'),
    rulesConfigPath: name().optional().describe('relative paths count from this file'),
    rulesRefreshPeriod: duration().prefault('1m'),
  })
  .prefault({});
