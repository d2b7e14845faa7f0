/** Unpacks one LZ4 block (github.com/lz4/lz4, doc/lz4_Block_format.md): the form in which Trino packs segments, without a frame. */

/** The block's content, which has to be exactly so many bytes. Throws RangeError for anything that is no such block. */
export function unpackLz4Block(block: Buffer, size: number): Buffer {
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  let to = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new RangeError('the LZ4 block ends too early');
    return byte;
  };
  /** Fifteen means that more follows, and so does each 255 of it. */
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble === 15) for (let byte = 255; byte === 255; sum += byte) byte = next();
    return sum;
  };
  while (at < block.length) {
    const token = next();
    const literals = length(token >> 4);
    if (at + literals > block.length || to + literals > size) throw new RangeError('the LZ4 block is torn');
    block.copy(out, to, at, at + literals);
    at += literals;
    to += literals;
    if (at === block.length) break;
    const distance = next() | (next() << 8);
    const copied = length(token & 15) + 4;
    if (distance === 0 || distance > to || to + copied > size) throw new RangeError('the LZ4 block is torn');
    // Byte by byte: a copy may reach into what it writes itself.
    for (let i = 0; i < copied; i++, to++) out[to] = out[to - distance] as number;
  }
  if (to !== size) throw new RangeError(`the LZ4 block holds ${to} bytes, not ${size}`);
  return out;
}
