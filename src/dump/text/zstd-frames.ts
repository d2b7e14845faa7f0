/**
 * Cuts zstd data at the ends of its frames (RFC 8878, section 3.1). Node's decompressor stops after the first frame and
 * says nothing, and `pzstd`, `cat a.zst b.zst` and log shippers write many: all but the first would be lost.
 */
import { DumpFault } from '../fault.ts';
import { ByteReader } from './byte-reader.ts';

const FRAME_MAGIC = 0xfd2fb528;
/** Sixteen magics, 0x184D2A50 to 5F: frames that hold nothing for a decoder. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RUN_BLOCK = 1;

/** The bytes of one frame, then `end`. Data that is cut ends without an `end`. */
export type FramePiece = Buffer | 'end';

/** Frames in pieces; skippable ones are left out. Throws `DumpFault` where the data is no frame. */
export async function* zstdFrames(chunks: AsyncIterator<Buffer>): AsyncGenerator<FramePiece> {
  const reader = new ByteReader(chunks);
  for (;;) {
    const start = await reader.take(5);
    if (start.length === 0) return;
    if (start.length < 5) throw new DumpFault('unreadable', 'the zstd data ends too early: the file was cut');
    const magic = start.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      const size = Buffer.concat([start.subarray(4), await reader.take(3)]);
      if (size.length === 4) for await (const _ of reader.pass(size.readUInt32LE(0)));
    } else if (magic === FRAME_MAGIC) {
      yield* frame(start, reader);
    } else {
      throw new DumpFault('unreadable', 'the zstd data is followed by something else');
    }
  }
}

async function* frame(start: Buffer, reader: ByteReader): AsyncGenerator<FramePiece> {
  const descriptor = start[4] as number;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const windowBytes = isSingleSegment ? 0 : 1;
  yield start;
  yield* reader.pass(windowBytes + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + sizeBytes);
  for (let isLast = false; !isLast; ) {
    const head = await reader.take(3);
    yield head;
    if (head.length < 3) return;
    const header = head.readUIntLE(0, 3);
    isLast = (header & 1) === 1;
    yield* reader.pass(((header >> 1) & 3) === RUN_BLOCK ? 1 : header >> 3);
  }
  if ((descriptor & 0x04) !== 0) yield* reader.pass(4);
  yield 'end';
}
