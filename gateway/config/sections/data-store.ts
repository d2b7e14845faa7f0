/** `dataStore`: where backends and the query history are kept. */
import { z } from 'zod';
import { readJdbcUrl } from '../jdbc.ts';
import { name } from './values.ts';

const jdbcUrl = () =>
  z.string().superRefine((text, ctx) => {
    const target = readJdbcUrl(text);
    if ('problem' in target) ctx.addIssue({ code: 'custom', message: target.problem });
  });

export const dataStore = z
  .strictObject({
    type: z.literal('sqlite').optional(),
    path: name().optional().describe('SQLite file, or :memory: (the default)'),
    jdbcUrl: jdbcUrl()
      .optional()
      .describe(
        'PostgreSQL, MySQL or MariaDB, in the form of the Java gateway: jdbc:postgresql://host:port/db',
      ),
    user: z.string().default(''),
    password: z.string().default(''),
    driver: z.string().optional().describe('accepted; the driver follows from jdbcUrl'),
    queryHistoryEnabled: z.boolean().default(true).describe('keep one row per statement'),
    queryHistoryHoursRetention: z.number().int().positive().default(4).describe('older rows are deleted'),
    runMigrationsEnabled: z.boolean().default(true).describe('create and update the tables at start'),
  })
  .prefault({});
