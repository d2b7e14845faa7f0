/** `dataStore`: where backends and the query history are kept. */
import { z } from 'zod';
import { name } from './values.ts';

export const dataStore = z
  .strictObject({
    type: z.literal('sqlite').optional(),
    path: name().optional().describe('SQLite file, or :memory: (the default)'),
    jdbcUrl: z
      .string()
      .regex(
        /^jdbc:(mysql|mariadb):\/\/[^/]+\/[^/?]+/,
        'expected jdbc:mysql://host:port/db or jdbc:mariadb://…',
      )
      .optional()
      .describe('MySQL or MariaDB, in the form of the Java gateway'),
    user: z.string().default(''),
    password: z.string().default(''),
    queryHistoryEnabled: z.boolean().default(true),
    queryHistoryHoursRetention: z.number().int().positive().default(4),
  })
  .prefault({});
