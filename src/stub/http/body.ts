/** Reading request bodies. */
import type { IncomingMessage } from 'node:http';

/** Statements in UTF-8 may be four bytes a character, and prepared SQL travels in headers besides. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** The body as text, or undefined when it is too large. The rest of a large body is read and dropped. */
export async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) return undefined;
  return (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)).toString(
    'utf8',
  );
}
