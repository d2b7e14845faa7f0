/** `authentication`, `authorization` and what belongs to them: who may use the admin API and the console. */
import { z } from 'zod';
import { pattern } from '../pattern.ts';
import { httpUrl, name } from './values.ts';

const oauth = z.strictObject({
  issuer: name(),
  clientId: name(),
  clientSecret: z.string().optional(),
  tokenEndpoint: httpUrl(),
  authorizationEndpoint: httpUrl(),
  jwkEndpoint: httpUrl(),
  scopes: z.array(name()).default(['openid']),
  redirectUrl: httpUrl().describe('the gateway’s own /oidc/callback, as browsers reach it'),
  redirectWebUrl: name().optional().describe('where the browser goes after login'),
  userIdField: name().default('sub'),
  privilegesField: name().optional().describe('claim with the privileges, which `authorization` matches'),
  audiences: z.array(name()).default([]),
});

const form = z.strictObject({
  selfSignKeyPair: z
    .strictObject({
      privateKey: name().describe('path of a PEM file'),
      publicKey: name().describe('path of a PEM file'),
    })
    .optional()
    .describe('signs the session tokens'),
  ldapConfigPath: name().optional().describe('path of the LDAP file'),
});

export const authentication = z
  .strictObject({
    defaultType: z.enum(['oauth', 'form']).optional(),
    oauth: oauth.optional(),
    form: form.optional(),
  })
  .optional()
  .describe('absent: everybody has every role');

export const authorization = z
  .strictObject({
    admin: pattern().optional().describe('regular expression over the whole privileges text'),
    user: pattern().optional(),
    api: pattern().optional(),
    ldapConfigPath: name().optional().describe('roles from LDAP'),
  })
  .optional();

export const presetUsers = z
  .record(z.string(), z.strictObject({ password: z.string(), privileges: z.string().default('') }))
  .default({})
  .describe('users by name; privileges are joined by _, such as ADMIN_USER_API');

export const pagePermissions = z
  .record(z.string(), z.string())
  .default({})
  .describe('role to pages of the console, joined by _, such as dashboard_cluster_history');

export const uiConfiguration = z
  .strictObject({
    disablePages: z.array(name()).default([]).describe('pages of the console that are hidden'),
  })
  .prefault({});
