/** Captured lines on disk: zstd, one file after the other, the oldest removed when there are too many. */
import {
  createWriteStream,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  type WriteStream,
} from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

export interface FileLimits {
  readonly folder: string;
  readonly maxFileSize: number;
  readonly rotateAfter: number;
  readonly maxTotalSize: number;
}

interface OpenFile {
  /** Written to under this name, and renamed when it is whole. */
  readonly part: string;
  readonly name: string;
  readonly packer: ZstdCompress;
  readonly target: WriteStream;
  readonly openedMs: number;
}

const NAME = /^capture-\d{8}T\d{9}Z-\d+\.ndjson\.zst(?:\.part)?$/;

export class CaptureFiles {
  readonly #limits: FileLimits;
  readonly #wallMs: () => number;
  #open: OpenFile | undefined;
  #failed: Error | undefined;

  /** Makes the folder. Throws what the file system says. */
  constructor(limits: FileLimits, wallMs: () => number) {
    this.#limits = limits;
    this.#wallMs = wallMs;
    mkdirSync(limits.folder, { recursive: true, mode: 0o700 });
  }

  /** Hands text on; resolves when there is room for more. Rejects when the file cannot be written: it is given up then. */
  async write(text: string): Promise<void> {
    const file = this.#current();
    if (!file.packer.write(text)) await orClosed(file, (done) => file.packer.once('drain', done));
    this.#check();
  }

  /** What has been written so far can be read from here on, also if the process is killed. */
  async flush(): Promise<void> {
    const file = this.#open;
    if (file === undefined) return;
    await orClosed(file, (done) => file.packer.flush(constants.ZSTD_e_flush, done));
    await onDisk(file);
    this.#check();
    const isOld = this.#wallMs() - file.openedMs >= this.#limits.rotateAfter;
    if (isOld || file.target.bytesWritten >= this.#limits.maxFileSize) await this.close();
  }

  /** Ends the file that is open, if there is one. */
  async close(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    if (file === undefined) return;
    file.packer.end();
    await finished(file.target);
    renameSync(file.part, file.name);
    this.#removeOldest();
  }

  #current(): OpenFile {
    this.#open ??= this.#begin();
    return this.#open;
  }

  #begin(): OpenFile {
    const openedMs = this.#wallMs();
    const stamp = new Date(openedMs).toISOString().replace(/[-:.]/g, '');
    const name = join(this.#limits.folder, `capture-${stamp}-${process.pid}.ndjson.zst`);
    const part = `${name}.part`;
    const target = createWriteStream(part, { flags: 'wx', mode: 0o600 });
    const packer = createZstdCompress();
    const fail = (error: Error) => {
      this.#failed ??= error;
      packer.destroy();
      target.destroy();
    };
    packer.on('error', fail);
    target.on('error', fail);
    packer.pipe(target);
    return { part, name, packer, target, openedMs };
  }

  #check(): void {
    const error = this.#failed;
    if (error === undefined) return;
    this.#failed = undefined;
    this.#open = undefined;
    throw error;
  }

  #removeOldest(): void {
    const { folder, maxTotalSize } = this.#limits;
    const files = readdirSync(folder)
      .filter((name) => NAME.test(name) && !name.endsWith('.part'))
      .sort()
      .map((name) => ({ path: join(folder, name), bytes: sizeOf(join(folder, name)) }));
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes } of files.slice(0, -1)) {
      if (total <= maxTotalSize) return;
      rmSync(path, { force: true });
      total -= bytes;
    }
  }
}

/** Resolves when what was begun is done, or when the file is closed: what was begun may then never be done. */
function orClosed({ target }: OpenFile, begin: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off('close', done);
      resolve();
    };
    if (target.closed) return resolve();
    target.once('close', done);
    begin(done);
  });
}

/** Resolves when what the packer gave out has reached the file: packed is not yet written. Also when the file was given up. */
async function onDisk({ packer, target }: OpenFile): Promise<void> {
  const nothing = Buffer.alloc(0);
  do {
    // Called back after all that was written before it.
    await new Promise<void>((resolve) => target.write(nothing, () => resolve()));
  } while (packer.readableLength > 0 && !target.destroyed);
}

/** 0 for a file that somebody has taken away meanwhile. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
