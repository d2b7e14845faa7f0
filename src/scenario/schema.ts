/**
 * The scenario: the harness's only configuration. Every key has a description and a default here, and nowhere
 * else; the JSON Schema and the key reference in `scenarios/` are generated from this file.
 */
import { z } from 'zod';
import { duration } from '../base/yaml.ts';

const clusterName = z
  .string()
  .max(60, 'expected at most 60 characters')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected a name of letters, digits, - _ .');

const textMatch = z
  .union([z.string(), z.strictObject({ matches: z.string().describe('regular expression, found anywhere') })])
  .describe('equal to a text, or `{matches: regex}`');

const expectation = z
  .strictObject({
    when: z
      .strictObject({
        source: textMatch.optional(),
        user: textMatch.optional(),
        clientTags: z
          .union([z.literal('none'), z.literal('some'), z.strictObject({ includes: z.string() })])
          .optional()
          .describe('`none`, `some`, or `{includes: tag}`'),
      })
      .optional()
      .describe('conditions on the recorded query, all must hold; without it the expectation always holds'),
    group: z.string().optional().describe('the routing group it has to run in'),
    recorded: z
      .literal(true)
      .optional()
      .describe('take the group that production chose, as the dump tells it'),
  })
  .describe('where queries have to run, said independently of the gateway; the first that holds decides');

const columns = z
  .strictObject({
    sql: z.string(),
    user: z.string(),
    arrivedAt: z.string(),
    source: z.string().optional(),
    clientTags: z.string().optional(),
    catalog: z.string().optional(),
    schema: z.string().optional(),
    queryId: z.string().optional(),
    state: z.string().optional(),
    elapsedMs: z.string().optional(),
    group: z.string().optional(),
  })
  .describe('for dumps of no known format: which column holds what');

const dump = z.strictObject({
  files: z.array(z.string()).min(1).describe('dump files or globs, counted from the scenario file'),
  format: z.string().optional().describe('format name, when detection should not decide'),
  columns: columns.optional(),
  writes: z
    .enum(['skip', 'run'])
    .default('skip')
    .describe('what to do with statements that are not surely read-only; `run` sends them as they are'),
  recordedFailures: z
    .enum(['run', 'skip'])
    .default('run')
    .describe('queries that failed in production: run them too (they should fail alike), or leave them out'),
  sources: z.array(z.string()).optional().describe('only queries of these sources'),
  limit: z.int().positive().optional().describe('at most so many queries, evenly drawn over the dump'),
});

const load = z.strictObject({
  model: z
    .enum(['recorded', 'closed'])
    .default('recorded')
    .describe('`recorded`: open loop at the recorded times; `closed`: so many at once, next after previous'),
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

const baseline = z.strictObject({
  share: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of read-only queries that also take the other way'),
  gap: duration().prefault('200ms').describe('planned distance between the two members of a pair'),
  through: z
    .enum(['direct', 'gateway'])
    .default('direct')
    .describe(
      '`direct`: straight to the cluster that should own it; `gateway`: through a second bundled gateway',
    ),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('through: gateway — settings of that second gateway, on top of those of the first'),
});

const gateway = z.strictObject({
  driver: z
    .enum(['bundled', 'url', 'none'])
    .default('bundled')
    .describe(
      '`bundled`: started by the run; `url`: one that runs already; `none`: straight to the clusters (A/A)',
    ),
  url: z.url().optional().describe('driver url: where statements go and where the admin API is'),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('driver bundled: its configuration, as in the gateway’s own file'),
  readyTimeout: duration()
    .prefault('30s')
    .describe('how long it may take until its active clusters are healthy'),
});

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

const fleet = z.strictObject({
  driver: z
    .enum(['stub', 'trino'])
    .default('stub')
    .describe('simulated coordinators, or local Trino processes'),
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

const action = z
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

/** The whole scenario file. */
export const scenarioSchema = z.strictObject({
  name: clusterName.describe('names the run folder'),
  description: z.string().default(''),
  seed: z.int().min(0).default(1).describe('decides everything that is drawn'),
  dump,
  load: load.prefault({}),
  baseline: baseline.prefault({}),
  gateway: gateway.prefault({}),
  fleet,
  expect: z.array(expectation).default([]),
  timeline: z.array(action).default([]).describe('what happens to the fleet while the replay runs'),
  settle: duration().prefault('0ms').describe('replay goes on at least so long after the last action'),
  judge: z
    .strictObject({
      routingTolerance: duration()
        .prefault('1500ms')
        .describe('around an activation either cluster is right'),
      detection: duration().prefault('2s').describe('after a kill the gateway may need so long to notice'),
      lagP99: duration().prefault('50ms').describe('schedule lag above this makes the run invalid'),
      lagMax: duration().prefault('500ms').describe('and so does the latest query, later than this'),
      connectionWait: duration()
        .prefault('1ms')
        .describe('and a longer wait for a free connection of the generator, 99th percentile'),
      eventLoop: z
        .number()
        .positive()
        .max(1)
        .default(0.85)
        .describe('and a generator that was busier than this share of 10 s'),
      clockStep: duration().prefault('5ms').describe('and a wall clock that was set by more than this'),
    })
    .prefault({}),
  safety: z
    .strictObject({
      allowHosts: z.array(z.string()).default([]).describe('hosts beside loopback that may get load'),
    })
    .prefault({}),
  gates: z.array(z.string()).default([]).describe('promises that decide the exit number'),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ClusterSpec = Scenario['fleet']['clusters'][number];
export type TimelineAction = Scenario['timeline'][number];
export type Expectation = Scenario['expect'][number];
