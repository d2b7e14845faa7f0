/** `dataStore`: where backends and the query history are kept. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';
import { readJdbcUrl } from '../jdbc.ts';
import { readJdbcParameters } from '../jdbc-parameters.ts';
import { name } from './values.ts';

const jdbcUrl = () =>
  z.string().superRefine((text, ctx) => {
    const target = readJdbcUrl(text);
    const read = 'problem' in target ? target : readJdbcParameters(target);
    if ('problem' in read) ctx.addIssue({ code: 'custom', message: read.problem });
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
    requiredAtStart: z
      .boolean()
      .default(true)
      .describe('false: start with the backends of this file when the database does not answer'),
    refreshPeriod: duration()
      .prefault('1s')
      .describe('how often backends that another gateway has changed are read'),
    timeout: duration().prefault('5s').describe('longest wait for a connection and for an answer'),
    maxConnections: z.number().int().min(2).max(100).default(4).describe('to a database server'),
    user: z.string().default(''),
    password: z.string().default(''),
    driver: z.string().optional().describe('accepted; the driver follows from jdbcUrl'),
    queryHistoryEnabled: z.boolean().default(true).describe('keep one row per statement'),
    queryHistoryHoursRetention: z.number().int().positive().default(4).describe('older rows are deleted'),
    queryHistoryMaxText: size()
      .prefault('1MB')
      .describe('of a statement, this much of its text is kept in the history'),
    runMigrationsEnabled: z.boolean().default(true).describe('create and update the tables at start'),
  })
  .prefault({});
