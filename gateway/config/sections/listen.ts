/** `listen`: the address at which clients reach the gateway. */
import { z } from 'zod';
import { name } from './values.ts';

export const listen = z
  .strictObject({
    host: name().default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(8080).describe('0 picks a free port'),
  })
  .prefault({});
