/** `access`: who the replay is for clusters and gateways. Secrets are named here, never written here. */
import { z } from 'zod';

const tls = z.strictObject({
  ca: z.string().optional().describe('PEM file of the authorities to trust, instead of the system’s'),
  cert: z.string().optional().describe('PEM file of our certificate, for servers that ask for one'),
  key: z.string().optional().describe('PEM file of its key'),
  passphraseEnv: z.string().optional().describe('environment variable with the passphrase of the key'),
  serverName: z.string().optional().describe('name that the server’s certificate has to be for'),
});

export const access = z.strictObject({
  user: z.string().optional().describe('principal of a password'),
  passwordEnv: z.string().optional().describe('environment variable with the password (Basic)'),
  passwordFile: z.string().optional().describe('file with the password (Basic)'),
  tokenEnv: z.string().optional().describe('environment variable with a JWT or OAuth2 access token (Bearer)'),
  tokenFile: z
    .string()
    .optional()
    .describe('file with such a token; read again every 30 s, since tokens are renewed'),
  runAs: z
    .string()
    .optional()
    .describe('run every statement as this user (X-Trino-User); without it as the recorded one'),
  users: z
    .record(z.string(), z.string())
    .default({})
    .describe('recorded user → user to run as; wins over runAs'),
  tls: tls.prefault({}),
});
