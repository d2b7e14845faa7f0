/** `dump`: which recorded queries, and which of them are sent. */
import { z } from 'zod';
import { reading } from './dump-reading.ts';

export const dump = z.strictObject({
  ...reading,
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
