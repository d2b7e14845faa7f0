/** `load`: how the queries are offered. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const load = z.strictObject({
  model: z
    .enum(['recorded', 'closed'])
    .default('recorded')
    .describe('`recorded`: open loop at the recorded times; `closed`: so many at once, next after previous'),
  sessions: z
    .enum(['independent', 'replay'])
    .default('independent')
    .describe(
      '`independent`: each statement on its own, with its recorded session; `replay`: a client’s statements one after the other, each with the session that those before it made',
    ),
  speed: z
    .number()
    .positive()
    .default(1)
    .describe('recorded: time is compressed by this factor; think time and bursts are compressed with it'),
  concurrency: z.int().positive().default(8).describe('closed: how many statements at once'),
  duration: duration().optional().describe('closed: stop starting new queries after this time'),
  client: z
    .enum(['trino-python', 'trino-java', 'strict'])
    .default('trino-python')
    .describe('whose retry rules the replay follows'),
  queryTimeout: duration().prefault('120s').describe('a query that takes longer is given up as hung'),
  warmUp: duration().prefault('2s').describe('pairs that start earlier are left out of the overhead'),
  connections: z.int().positive().default(256).describe('most connections to one address'),
});
