/** Keys about the gateway as a program: what it is compatible with, how it is loaded, how it logs. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

export const compat = z
  .enum(['better', 'strict'])
  .default('better')
  .describe(
    'strict: answers and defaults of the Java gateway even where ours are better, for comparing the two',
  );

export const serverConfig = z
  .record(z.string(), z.string())
  .default({})
  .describe(
    'airlift properties of the Java gateway; those with a meaning here are mapped to keys of this file',
  );

export const modules = z
  .array(name())
  .default([])
  .describe('class names of the Java gateway; QueryCountBasedRouterProvider means balancer: query-count');

export const managedApps = z
  .array(name())
  .default([])
  .describe('class names of the Java gateway; none has a meaning here');

export const environment = name()
  .optional()
  .describe('told in every log line; node.environment of serverConfig');

export const log = z
  .strictObject({
    level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    path: name().optional().describe('file that gets the log instead of standard error'),
  })
  .prefault({});

export const reload = z
  .strictObject({
    watch: z.boolean().default(true).describe('read this file and the rules again when they change'),
    pollEvery: duration()
      .prefault('5s')
      .describe('looks at the files so often, as well as being told of changes'),
    settle: duration()
      .prefault('250ms')
      .describe('a changed file is read once it has been left alone for so long'),
  })
  .prefault({});
