/** What a gzip stream says of itself. */

const LEAST_CHUNK_BYTES = 64;

/**
 * How much to unpack into at a time: as much as the last four bytes say (RFC 1952, 2.3.1), and one more so that the end is
 * seen; `most` where they say more, as they may where the stream has been cut. For zlib's `chunkSize`: most statement answers
 * are some hundred bytes, for which 16 KiB would be taken otherwise.
 */
export function unpackedBytes(raw: Buffer, most: number): number {
  const said = raw.length < 4 ? 0 : raw.readUInt32LE(raw.length - 4) + 1;
  return Math.min(Math.max(said, LEAST_CHUNK_BYTES), most);
}
