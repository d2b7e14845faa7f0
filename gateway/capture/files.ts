/** Captured lines on disk: zstd, one file after the other, the oldest removed when there are too many. */
import { once } from 'node:events';
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
    if (!file.packer.write(text))
      await Promise.race([once(file.packer, 'drain'), once(file.target, 'close')]);
    this.#check();
  }

  /** What has been written so far can be read from here on, also if the process is killed. */
  async flush(): Promise<void> {
    const file = this.#open;
    if (file === undefined) return;
    await Promise.race([
      new Promise<void>((resolve) => file.packer.flush(constants.ZSTD_e_flush, resolve)),
      once(file.target, 'close'),
    ]);
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

/** 0 for a file that somebody has taken away meanwhile. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
