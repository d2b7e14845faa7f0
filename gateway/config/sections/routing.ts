/** `routing`: the group without an answer, the choice inside a group, and waiting for one. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

export const routing = z
  .strictObject({
    defaultRoutingGroup: name().default('adhoc'),
    balancer: z.enum(['random', 'round-robin', 'query-count']).default('random'),
    routers: z
      .array(z.enum(['rules', 'external', 'header']))
      .min(1)
      .optional()
      .describe(
        'who is asked for the group, in order; the first answer counts. Absent: as the Java gateway does it, by routingRules',
      ),
    forwardedHeadersEnabled: z.boolean().default(true),
    asyncTimeout: duration()
      .optional()
      .describe('as in the Java gateway; proxy.requestTimeout when that is absent'),
    holdFor: duration()
      .prefault('20s')
      .describe('how long a new statement waits for a ready backend before 503'),
    emptyGroup: z
      .enum(['hold', 'default'])
      .default('default')
      .describe('a group without a routable backend: wait for one of it, or take the default group'),
  })
  .prefault({});
