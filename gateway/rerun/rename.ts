/**
 * A re-run has an id of its own at its cluster, and the client goes on with the first one. The id stands in the first
 * fields of an answer (`id`, `infoUri`, `partialCancelUri`, `nextUri`: QueryResults' field order), which come before
 * columns and rows; what comes after is passed on as it is.
 */

/** The first field after those that hold the id. */
const AFTER_HEAD = /"(?:columns|data|stats)"\s*:/;
/** Those fields are a few hundred bytes; a beginning this long holds them. */
const HEAD_BYTES = 16 * 1024;

/** The beginning of an answer with one id in the place of another. */
export function renamed(body: Buffer, from: string, to: string): Buffer {
  const text = body.toString('latin1', 0, HEAD_BYTES);
  const end = AFTER_HEAD.exec(text)?.index ?? text.length;
  const head = text.slice(0, end).replaceAll(from, to);
  return Buffer.concat([Buffer.from(head, 'latin1'), body.subarray(end)]);
}
