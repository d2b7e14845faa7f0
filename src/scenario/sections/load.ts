/** `load`: how the queries are offered. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

const stage = z.strictObject({
  for: duration(),
  to: z
    .number()
    .min(0)
    .describe(
      'where the level is at the end of the stage; it goes there in a straight line, at once with `for: 0s`',
    ),
});

const stopWhen = z
  .strictObject({
    failed: z
      .int()
      .positive()
      .optional()
      .describe('so many gateway queries ended badly, by no fault of their own'),
    failedShare: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('such a share of those that ended, after the first 100'),
    lateBy: duration().optional().describe('a query was released so late: the generator cannot keep up'),
  })
  .describe('ends the replay early; what was not sent is recorded so, and the verdict stands on the rest');

export const load = z.strictObject({
  model: z
    .enum(['recorded', 'rate', 'closed'])
    .default('recorded')
    .describe(
      '`recorded`: open loop at the recorded times; `rate`: open loop at a rate of arrival, statements in recorded order; `closed`: so many at once, next after previous',
    ),
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
  maxGap: duration()
    .optional()
    .describe('recorded: silence that was longer is cut to this (in recorded time)'),
  clones: z
    .int()
    .positive()
    .default(1)
    .describe('so many copies of every user, each shifted: N times the users, who think as long as they did'),
  cloneShift: duration().prefault('7s').describe('distance between the copies, in the time of the replay'),
  rate: z.number().positive().default(10).describe('rate: queries per second at the start'),
  arrivals: z
    .enum(['even', 'poisson'])
    .default('even')
    .describe('rate: at even distances, or drawn as from many users who do not know each other'),
  stages: z
    .array(stage)
    .default([])
    .describe('rate, closed: how `rate` or `concurrency` goes on; the replay ends with the last stage'),
  concurrency: z.int().positive().default(8).describe('closed: how many statements at once'),
  thinkTime: duration()
    .prefault('0ms')
    .describe('closed: pause of a user after each statement, drawn between half and one and a half of this'),
  duration: duration()
    .optional()
    .describe('stop starting queries after this time; a plan that is over before begins again'),
  queries: z
    .int()
    .positive()
    .optional()
    .describe('stop after so many queries; a plan that is over before begins again'),
  stopWhen: stopWhen.prefault({}),
  driver: z
    .enum(['wire', 'trino-client'])
    .default('wire')
    .describe(
      'what speaks to the gateway: `wire`, the one that times are taken with; `trino-client`, the official JavaScript client, to see whether a real client sees the same',
    ),
  client: z
    .enum(['trino-python', 'trino-java', 'trino-go', 'strict', 'dbt', 'superset', 'airflow', 'jdbc'])
    .default('trino-python')
    .describe('whose retry rules the replay follows; the tools by those of the library they are built on'),
  queryTimeout: duration().prefault('120s').describe('a query that takes longer is given up as hung'),
  queueTimeout: duration()
    .optional()
    .describe('a query that is still queued after this time is given up, and cancelled'),
  mostRows: z
    .int()
    .positive()
    .optional()
    .describe(
      'a client that has so many rows of a reading query has enough: it cancels the leaf stage (`partialCancelUri`) and takes what is left. Such a result is compared with no other',
    ),
  dataEncoding: z
    .array(z.enum(['json+zstd', 'json+lz4', 'json']))
    .default([])
    .describe(
      'spooled results: encodings to ask for, the liked ones first; segments are fetched, unpacked and acknowledged. Their hosts have to be on safety.allowHosts',
    ),
  warmUp: duration()
    .prefault('2s')
    .describe('what is due before is sent, recorded and counted, but in no latency and no overhead'),
  coolDown: duration()
    .prefault('0s')
    .describe('the same for what is due in the last stretch of the load, where it thins out'),
  connections: z
    .int()
    .positive()
    .default(256)
    .describe('most connections to one address, those of all threads together'),
  threads: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      'worker threads that carry the load, for more than one processor core can send; 1: the run’s own thread. What is sent, and when, is the same',
    ),
});
