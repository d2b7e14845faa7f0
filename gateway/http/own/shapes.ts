/** The objects of /rehearse/v1, as schemas: the OpenAPI document and the tests read them. */
import { z } from 'zod';

const count = () => z.number().int().min(0);
const text = () => z.string();

const STATUS = z.enum(['PENDING', 'HEALTHY', 'UNHEALTHY', 'UNKNOWN']);

export const backendState = z
  .looseObject({
    name: text(),
    clusterId: text(),
    trinoStatus: STATUS,
    reason: text().describe('why it has this status'),
    readiness: text().describe('what being ready is judged by'),
    active: z.boolean(),
    proxyTo: text(),
    externalUrl: text(),
    routingGroup: text(),
    openQueries: count().describe('queries that this gateway has open there'),
    runningQueryCount: count().describe('by the cluster’s word where a monitor counts, else openQueries'),
    queuedQueryCount: count(),
    numWorkerNodes: count(),
    coordinatorSuffix: text().nullable().describe('end of the query ids of the process that is there now'),
    forwarding: text().nullable(),
    checkedAt: text().nullable().describe('ISO 8601'),
  })
  .describe('A backend: what is wanted of it and what is seen');

export const status = z.looseObject({
  store: z.object({
    kind: text(),
    reachable: z.boolean().describe('whether its last statement was answered'),
    reason: text().describe('why it was not'),
    history: z.object({ written: count(), queued: count(), lost: count() }),
  }),
  proxy: z.record(z.string(), z.unknown()).describe('counters since the start'),
  rules: z.looseObject({}).nullable(),
  reloads: z.looseObject({}),
  queue: z.looseObject({}).describe('statements that wait with an id of the gateway’s own'),
  externalRouter: z.looseObject({}).nullable(),
});

export const drain = z.object({
  name: text(),
  active: z.boolean(),
  openQueries: count().describe('queries that this gateway has open there'),
  clusterRunning: count().nullable().describe('by the cluster’s word; null where no monitor counts'),
  clusterQueued: count().nullable(),
  drained: z.boolean().describe('inactive, and nothing runs there by either count'),
});

export const drainQuery = z.object({
  waitSeconds: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(0)
    .describe('answers when it is drained, or after so long at the latest'),
});

export const shareRequest = z.strictObject({
  percent: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .describe('of the group’s new queries; null: chosen like the others again'),
});

export const share = z.object({ name: text(), percent: z.number().nullable() });

const PHASES = z.enum(['serving', 'warming', 'draining', 'drained', 'down']);

export const rolls = z.array(
  z.object({
    group: text(),
    serving: count().describe('backends that get new queries'),
    rolling: z.boolean().describe('some backend is warming or draining'),
    backends: z.array(
      z.object({ name: text(), phase: PHASES, status: STATUS, reason: text(), openQueries: count() }),
    ),
  }),
);

export const explainRequest = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'HEAD']).default('POST'),
  path: text().max(4_096).startsWith('/').default('/v1/statement'),
  headers: z.record(z.string().max(256), z.string().max(16_384)).default({}),
  body: text().max(500_000).default('').describe('the statement'),
  user: text().max(256).optional().describe('short for the header X-Trino-User'),
});

export const explanation = z.object({
  group: text(),
  by: text().describe('who decided: `rule NAME`, `header`, `external router`, `default`'),
  refusal: z.array(text()).optional().describe('the request would be refused, with these reasons'),
  rules: z
    .array(
      z.object({
        name: text(),
        priority: z.number(),
        matched: z.boolean().nullable(),
        sets: text().nullable().describe('what this rule put as the group; null where it put none'),
        groupAfter: text().nullable().describe('in force after this rule, whichever put it'),
        fault: text().nullable().describe('why the rule was skipped'),
      }),
    )
    .describe('what each rule said, in the order they are asked; empty where there are none'),
  candidates: z
    .array(
      z.object({
        name: text(),
        group: text(),
        eligible: z.boolean(),
        reason: text(),
        openQueries: count(),
      }),
    )
    .describe('backends of the group and of those that stand in for it, in order'),
});

export const rerunsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

export const reruns = z.array(
  z.object({
    queryId: text().describe('what the client goes on with'),
    rerunId: text().describe('what it is called at the second cluster'),
    backend: text(),
    lostBackend: text(),
    cause: text().describe('gone, refused, forgotten, silent, starting or no-nodes'),
    at: text().describe('ISO 8601'),
  }),
);

export const queriesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  backend: text().max(256).optional(),
  user: text().max(256).optional(),
});

export const queries = z.object({
  total: count().describe('all that match, also beyond the limit'),
  queries: z.array(
    z.object({
      queryId: text(),
      backend: text(),
      user: text(),
      source: text(),
      group: text(),
      ageMs: z.number(),
      idleMs: z.number().describe('since its last request'),
    }),
  ),
});

export const reloads = z.object({
  succeeded: count(),
  failed: count(),
  last: z
    .object({
      at: text(),
      trigger: z.enum(['file', 'signal', 'api']),
      ok: z.boolean(),
      changed: z.array(text()).describe('keys of the configuration'),
      rules: z
        .object({
          added: z.array(text()),
          removed: z.array(text()),
          changed: z.array(text()),
          isReordered: z.boolean(),
        })
        .describe('names of rules'),
      problems: z.array(text()),
    })
    .nullable(),
});

export const ruleList = z.array(
  z.object({
    name: text(),
    priority: z.number(),
    faults: count().describe('times that it was skipped since it was read'),
    lastFault: text().nullable(),
  }),
);

export const changesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

export const changeList = z
  .array(
    z.looseObject({
      actor: text().describe('empty where nobody had to say who he is'),
      origin: text().describe('address that the change came from'),
      action: text(),
      kind: z.enum(['backend', 'rule']),
      name: text(),
    }),
  )
  .describe('newest first');

export const problem = z.object({ error: text() });
