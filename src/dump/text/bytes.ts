/** The bytes of a file as they come, ended by a signal also while nothing comes. */
import { constants, createReadStream, openSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { errorText, systemCode } from '../../base/errors.ts';
import { DumpFault } from '../fault.ts';
import type { Watch } from '../watch.ts';

const READ_BYTES = 64 * 1024;

export interface Bytes {
  readonly chunks: AsyncGenerator<Buffer>;
  close(): void;
}

/** Opens a file. Its chunks throw `DumpFault` where it cannot be read, and the signal's reason once that is aborted. */
export function openBytes(
  file: string,
  stat: Stats,
  { signal, watch }: { readonly signal?: AbortSignal | undefined; readonly watch?: Watch | undefined },
): Bytes {
  signal?.throwIfAborted();
  const source = isNamedPipe(file, stat)
    ? pipeAt(file)
    : createReadStream(file, { highWaterMark: READ_BYTES });
  if (signal !== undefined) addAbortSignal(signal, source);
  return { chunks: chunksOf(source, signal, watch), close: () => source.destroy() };
}

/** What a shell puts in place of a file (`/dev/stdin`, `/dev/fd/63`) has its writer already, or had it. */
function isNamedPipe(file: string, stat: Stats): boolean {
  return stat.isFIFO() && !/^\/(?:dev|proc)\//.test(file);
}

/**
 * To open a named pipe waits for a writer, and to read from it for what it writes. Done as for a file, a thread of Node would
 * wait in the system, where no signal reaches it: not even the process could end.
 */
function pipeAt(file: string): Readable {
  try {
    return new Socket({
      fd: openSync(file, constants.O_RDONLY | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    });
  } catch (error) {
    throw unreadable(error);
  }
}

async function* chunksOf(
  source: Readable,
  signal: AbortSignal | undefined,
  watch: Watch | undefined,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      watch?.bytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(error);
  }
}

function unreadable(error: unknown): DumpFault {
  const code = systemCode(error);
  const known = code === undefined ? undefined : REASONS[code];
  return new DumpFault('unreadable', `cannot be read (${known ?? code ?? errorText(error)})`);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'EACCES: its permissions do not let you; chmod +r, or run as its owner',
  ENXIO: 'ENXIO: it is a socket, or a device without anything behind it',
};
