/** What stands in memory for a secret: a digest under a key of this process, worth nothing outside of it. */
import { createHmac, randomBytes } from 'node:crypto';

export type Digest = (...texts: readonly string[]) => string;

export function keyedDigests(): Digest {
  const key = randomBytes(32);
  return (...texts) => createHmac('sha256', key).update(JSON.stringify(texts)).digest('base64');
}
