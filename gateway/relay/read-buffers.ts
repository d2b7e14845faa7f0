/**
 * What sockets to backends are read into. Small answers are read into one buffer for all, and what is kept of them is
 * copied. A long answer gets a buffer of its own that is read into again and again, each time when the client has taken
 * what was in it: so a result of any length costs one buffer, and leaves no garbage behind.
 */

const BYTES = 64 * 1024;
/** Those of so many answers that are streamed at the same time; further ones are left to the garbage collector. */
const MOST_SPARE = 64;

/** For whoever is done with it before the next one reads. */
export const SHARED_BUFFER = Buffer.allocUnsafeSlow(BYTES);

const spare: Buffer[] = [];

export function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BYTES);
}

/** Nobody may hold a part of it any more. */
export function giveBuffer(buffer: Buffer): void {
  if (spare.length < MOST_SPARE) spare.push(buffer);
}
