/** `routing`: the group without an answer, the choice inside a group, and waiting for one. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

const balancer = z.enum([
  'random',
  'round-robin',
  'weighted',
  'query-count',
  'least-loaded',
  'two-choices',
  'user-hash',
]);

const emptyGroup = z
  .union([z.enum(['hold', 'default', 'refuse']), z.array(name()).min(1)], {
    error: 'expected hold, default, refuse, or a list of groups',
  })
  .describe(
    'a group without a routable backend: wait for one of it, take the default group, refuse (503), or take one of these groups, in order',
  );

export const routing = z
  .strictObject({
    defaultRoutingGroup: name().default('adhoc'),
    balancer: balancer.default('random').describe('choice inside a group'),
    routers: z
      .array(z.enum(['rules', 'external', 'header']))
      .min(1)
      .optional()
      .describe(
        'who is asked for the group, in order; the first answer counts. Absent: as the Java gateway does it, by routingRules',
      ),
    forwardedHeadersEnabled: z.boolean().default(true),
    clusterKeyInUrls: z
      .boolean()
      .default(false)
      .describe(
        'X-Forwarded-Prefix tells clusters a key that comes back in nextUri and in the URLs of segments and handshakes: those then find their cluster at any gateway, without a store',
      ),
    asyncTimeout: duration()
      .optional()
      .describe('as in the Java gateway; proxy.requestTimeout when that is absent'),
    holdFor: duration()
      .prefault('20s')
      .describe('how long a new statement waits for a ready backend before 503'),
    emptyGroup: emptyGroup.default('default'),
    undecided: z
      .enum(['default', 'refuse'])
      .default('default')
      .describe('a request that no router has an opinion on: the default group, or 400'),
    groups: z
      .record(
        z.string(),
        z.strictObject({
          balancer: balancer.optional().describe('instead of routing.balancer'),
          emptyGroup: emptyGroup.optional().describe('instead of routing.emptyGroup'),
          maxRunning: z
            .number()
            .int()
            .positive()
            .optional()
            .describe('queries that this gateway may have open on the group’s clusters; others wait'),
          rerun: z
            .boolean()
            .optional()
            .describe('false: statements of this group are never run again (see `rerun`)'),
          maxQueued: z
            .number()
            .int()
            .min(0)
            .optional()
            .describe('statements that may wait for the group; further ones fail with QUERY_QUEUE_FULL'),
        }),
      )
      .default({})
      .describe('settings of one routing group, by its name'),
    queue: z
      .strictObject({
        after: duration()
          .prefault('1s')
          .describe('a statement without a place so long is answered QUEUED, and its client polls'),
        maxWait: duration().prefault('10m').describe('then it fails with GENERIC_INSUFFICIENT_RESOURCES'),
        abandonAfter: duration().prefault('1m').describe('a statement that nobody polls so long is dropped'),
        maxStatements: z.number().int().positive().default(1_000),
      })
      .optional()
      .describe(
        'statements without a place wait under an id of the gateway’s own instead of failing after holdFor; for one gateway, or several behind a balancer that keeps a client at one',
      ),
    slowStart: duration()
      .prefault('0s')
      .describe('a backend that became ready works up from a tenth of its weight in this time'),
    pin: z
      .strictObject({
        header: name().default('X-Trino-Cluster').describe('names the backend that is to take the query'),
        users: z.array(name()).default([]).describe('values of X-Trino-User that may; * for everybody'),
        sources: z.array(name()).default([]).describe('values of X-Trino-Source that may'),
      })
      .optional()
      .describe('lets some choose the cluster; neither header is proved, so this is no protection'),
  })
  .prefault({});
