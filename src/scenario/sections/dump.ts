/** `dump`: which recorded queries, and which of them are sent. */
import { z } from 'zod';

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

export const dump = z.strictObject({
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
