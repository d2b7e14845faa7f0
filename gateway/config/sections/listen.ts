/** `listen`: the address at which clients reach the gateway. */
import { z } from 'zod';
import { name } from './values.ts';

const port = () => z.number().int().min(0).max(65535);

const tls = z.strictObject({
  port: port().default(8443).describe('0 picks a free port'),
  keystorePath: name().describe('PEM file with certificate and key, or a PKCS #12 file'),
  keystorePassword: z.string().optional(),
  truststorePath: name().optional().describe('PEM file with the authorities of client certificates'),
});

export const listen = z
  .strictObject({
    host: name().default('127.0.0.1').describe('0.0.0.0 for all addresses'),
    port: port().default(8080).describe('0 picks a free port'),
    plain: z.boolean().default(true).describe('false: only the TLS port is opened'),
    tls: tls.optional(),
    processForwarded: z
      .enum(['accept', 'reject', 'ignore'])
      .default('accept')
      .describe(
        'requests that already carry Forwarded or X-Forwarded-*: pass them on, answer 406, drop the headers',
      ),
  })
  .prefault({});
