/** `backends`: clusters declared in the file, and the backend object of the REST API. */
import { z } from 'zod';
import { healthOverride } from './health.ts';
import { baseUrl, name } from './values.ts';

const backend = z.strictObject({
  name: name(),
  proxyTo: baseUrl().describe('where requests go'),
  externalUrl: baseUrl().optional().describe('what people see; proxyTo when absent'),
  routingGroup: name().optional().describe('routing.defaultRoutingGroup when absent'),
  active: z
    .boolean()
    .default(true)
    .describe('at the first start; what the API sets afterwards is kept in the store and stays'),
  forwarding: z
    .enum(['forwarded', 'preserve-host', 'rewrite'])
    .optional()
    .describe('how the backend learns the address that clients use; found out by the probe when absent'),
  weight: z
    .number()
    .positive()
    .max(1000)
    .default(1)
    .describe('share of new queries, compared with the others of the group'),
  canaryShare: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('percent of the group’s new queries; the balancer divides the rest among the others'),
  health: healthOverride.optional(),
});

export const backends = z.array(backend).prefault([]);

/** The backend object of the REST API, as it comes in. Its URLs may end in a slash, which is taken off. */
export const backendInput = z.strictObject({
  name: name(),
  proxyTo: baseUrl(),
  // Scripts send null for "none"; Java's getter answers proxyTo then.
  externalUrl: baseUrl().nullish(),
  routingGroup: name().optional(),
  active: z.boolean().optional(),
});
