/** Signed cookies that keep an OAuth2 handshake on one cluster. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

export const gatewayCookieConfiguration = z
  .strictObject({
    enabled: z.boolean().default(false),
    cookieSigningSecret: name().optional().describe('required when enabled; the same on every gateway node'),
  })
  .prefault({});

export const oauth2GatewayCookieConfiguration = z
  .strictObject({
    routingPaths: z
      .array(name())
      .default(['/oauth2'])
      .describe('path prefixes on which the cookie is set and used'),
    deletePaths: z
      .array(name())
      .default(['/logout', '/oauth2/logout'])
      .describe('paths on which it is deleted'),
    lifetime: duration().prefault('10m'),
  })
  .prefault({});
