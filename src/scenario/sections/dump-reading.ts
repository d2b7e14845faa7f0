/** How `dump.files` are read: all of it may be left to detection, which asks where it cannot tell. */
import { z } from 'zod';
import { isTimeZone } from '../../base/time-zone.ts';
import { DELIMITER_NAMES } from '../../dump/rows/dialect.ts';
import { ENCODINGS } from '../../dump/text/encoding.ts';

const column = z.string().optional();

/** The name or offset of a time zone. */
export const timeZone = () =>
  z.string().refine(isTimeZone, 'expected a time zone such as UTC, +01:00 or Europe/Berlin');

const columns = z
  .strictObject({
    sql: z.string(),
    user: z.string(),
    arrivedAt: column.describe('without it the arrival is taken from the query id'),
    queryId: column,
    source: column,
    clientTags: column,
    clientInfo: column,
    catalog: column,
    schema: column,
    timeZone: column,
    session: column,
    prepared: column,
    transactionId: column,
    queryType: column,
    state: column,
    errorName: column,
    errorType: column,
    elapsedMs: column,
    endedAt: column,
    queuedMs: column,
    rows: column,
    group: column,
    backend: column.describe(
      'the cluster that ran the query, such as the source-cluster column of an audit table',
    ),
  })
  .describe('for dumps of no known format: which column holds what');

export const reading = {
  files: z
    .array(z.string())
    .min(1)
    .describe('dump files or globs, plain, gzip or zstd, counted from the scenario file'),
  format: z.string().optional().describe('format name, when detection should not decide'),
  columns: columns.optional(),
  encoding: z.enum(ENCODINGS).optional().describe('of text that is not UTF-8 or UTF-16'),
  delimiter: z.enum(DELIMITER_NAMES).optional().describe('what separates the columns of a table'),
  timeZone: timeZone().optional().describe('of times that are written without one; UTC when absent'),
  dateOrder: z.enum(['dmy', 'mdy']).optional().describe('which comes first in dates such as 03/02/2026'),
  user: z.string().optional().describe('whose the queries are where the dump does not say'),
  users: z
    .record(z.string(), z.string())
    .optional()
    .describe('names of users that the dump only numbers, such as those of Superset and Querybook'),
  partial: z
    .boolean()
    .default(false)
    .describe('use what came whole of a file that ends early or breaks; else such a file is refused'),
  sample: z
    .int()
    .positive()
    .optional()
    .describe(
      'at most so many queries, drawn while reading so that the mix by source, kind and hour stays; for dumps larger than memory',
    ),
};
