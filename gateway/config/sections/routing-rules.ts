/** `routingRules`: which group a request goes to. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';
import { httpUrl, name } from './values.ts';

const external = z.strictObject({
  urlPath: httpUrl().describe('full URL of the router service'),
  excludeHeaders: z
    .array(name())
    .default([])
    .describe('headers that are neither sent to the service nor accepted from it, in any case'),
  propagateErrors: z
    .boolean()
    .default(false)
    .describe('errors that the service names are answered to the client, with status 400'),
  timeout: duration().prefault('1s').describe('longest wait for the service, after which others decide'),
  maxAnswerSize: size().prefault('64kB'),
  maxConnections: z.number().int().positive().default(64),
  breakerFailures: z
    .number()
    .int()
    .positive()
    .default(5)
    .describe('failures in a row after which the service is left alone'),
  breakerOpenFor: duration().prefault('5s').describe('so long; then one request tries it again'),
});

export const routingRules = z
  .strictObject({
    rulesEngineEnabled: z.boolean().default(false),
    rulesType: z
      .enum(['FILE', 'EXTERNAL'])
      .default('FILE')
      .describe('EXTERNAL: a service answers the group, and the routing-group header where it does not'),
    rulesConfigPath: name().optional().describe('relative paths count from this file'),
    rulesRefreshPeriod: duration().prefault('1m'),
    firstMatch: z
      .boolean()
      .default(false)
      .describe('the first rule that matches decides; otherwise all that match fire and the last put wins'),
    rulesExternalConfiguration: external.optional(),
  })
  .prefault({});
