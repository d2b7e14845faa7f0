/** The configuration of one simulated coordinator. All times are milliseconds. */
import { z } from 'zod';
import { plantSchema } from './plants.ts';

const ms = () => z.number().min(0).describe('milliseconds');

/** How long statements take. */
const service = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('constant'),
    ms: ms(),
  }),
  z.strictObject({
    kind: z.literal('lognormal'),
    medianMs: z.number().positive(),
    sigma: z.number().min(0).describe('standard deviation of the logarithm'),
  }),
  z.strictObject({
    kind: z.literal('table'),
    file: z.string().describe('JSON file: {default, byStatement, failures}'),
  }),
]);

const gap = z.union([ms(), z.record(z.string(), ms())]);

const startup = z.strictObject({
  closedMs: ms().default(300).describe('from process start: the port is closed'),
  silentMs: ms().default(300).describe('then: the port accepts and nobody answers'),
  startingMs: ms().default(1_500).describe('then: /v1/info says starting, every statement fails'),
  gapMs: gap
    .default(1_200)
    .describe('then: says ready, but scans fail; per catalog where a table is given, `*` for the others'),
  coldScanMs: ms().default(400).describe('the first scan takes so much longer'),
});

/** The whole configuration; every key has a default. */
export const stubConfigSchema = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(0).max(65535).default(0).describe('0 picks a free one'),
  seed: z.int().min(0).default(1).describe('decides the drawn service times'),
  service: service.default({ kind: 'lognormal', medianMs: 40, sigma: 0.8 }),
  startup: startup.prefault({}),
  contention: z
    .strictObject({
      alpha: z.number().min(0).default(0).describe('share of the work that is serialised'),
      beta: z
        .number()
        .min(0)
        .default(0)
        .describe('cost of keeping each running statement in step with each other'),
    })
    .prefault({})
    .describe(
      'n running statements each go at 1 / (1 + alpha (n − 1) + beta n (n − 1)) of their speed alone',
    ),
  maxRunning: z.int().min(1).default(20).describe('queries that run at the same time'),
  maxQueued: z.int().min(0).default(200).describe('queries that may wait; more fail QUERY_QUEUE_FULL'),
  workers: z.int().min(0).default(1).describe('active nodes, the coordinator among them'),
  processForwarded: z
    .boolean()
    .default(true)
    .describe('http-server.process-forwarded: use X-Forwarded-*, or answer 406 to it'),
  gzip: z.boolean().default(true).describe('compress answers for clients that ask for it'),
  pageRows: z.int().min(1).default(1_000).describe('rows of a page at most'),
  pageBytes: z.int().min(1).default(1_048_576).describe('a page stops growing at this size'),
  finishedPolls: z
    .int()
    .min(0)
    .default(1)
    .describe('FINISHED answers that still carry a nextUri, before the last one'),
  maxQueryLength: z.int().min(1).default(1_000_000).describe('characters; longer is QUERY_TEXT_TOO_LARGE'),
  clientTimeoutMs: ms()
    .default(300_000)
    .describe('query.client.timeout: unpolled so long is ABANDONED_QUERY'),
  history: z
    .strictObject({
      maxQueries: z.int().min(0).default(100).describe('query.max-history'),
      minAgeMs: ms().default(60_000).describe('query.min-expire-age (900000 in Trino)'),
    })
    .prefault({})
    .describe('ended queries are forgotten when both limits are passed'),
  eventListener: z
    .strictObject({
      uri: z.url().describe('where events are posted to'),
      authorization: z.string().describe('the Authorization header they carry'),
    })
    .optional()
    .describe('sends the events of Trino’s HTTP event listener; a run sets it itself'),
  plants: z
    .array(plantSchema)
    .default([])
    .describe(
      'planted defects, which prove that the harness finds them; the first that fits a statement counts',
    ),
});

/** A complete configuration. */
export type StubConfig = z.output<typeof stubConfigSchema>;
/** A configuration as written, with defaults left out. */
export type StubConfigInput = z.input<typeof stubConfigSchema>;

/** A Trino error that a statement is to fail with, each time or in a share of its executions. */
export const plannedFailureSchema = z.strictObject({
  errorName: z.string(),
  errorCode: z.int(),
  errorType: z.enum(['USER_ERROR', 'INTERNAL_ERROR', 'INSUFFICIENT_RESOURCES', 'EXTERNAL']),
  message: z.string(),
  share: z.number().min(0).max(1).default(1),
});

/** The file of a `table` service: times and failures by SHA-256 (hex) of the trimmed SQL. */
export const serviceTableSchema = z.strictObject({
  default: ms(),
  byStatement: z.record(z.string(), ms()).default({}),
  failures: z.record(z.string(), z.array(plannedFailureSchema)).default({}),
});

export type ServiceTable = z.output<typeof serviceTableSchema>;
/** A service table as written, for the room that makes one from a plan. */
export type ServiceTableInput = z.input<typeof serviceTableSchema>;
