/**
 * Tells when files have other contents than before. The system's notice is the fast way; looking at the files every
 * now and then finds what it misses (network file systems, a folder that is swapped by a symbolic link).
 */
import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchFilesOptions {
  /** Asked again before every look, since one file may name another. */
  readonly files: () => readonly string[];
  readonly pollMs: () => number;
  /** A file is read once it has been left alone for so long after a notice: editors write in several steps. */
  readonly settleMs: number;
  readonly onChange: () => void;
}

export interface FileWatch {
  /** Takes the contents as they are now for known: whoever calls has just read them, or is about to. */
  seen(): void;
  close(): void;
}

export function watchFiles({ files, pollMs, settleMs, onChange }: WatchFilesOptions): FileWatch {
  let known = contentsOf(files());
  let settling: NodeJS.Timeout | undefined;
  let polling: NodeJS.Timeout | undefined;
  let closed = false;
  const folders = new Map<string, FSWatcher>();

  function look(): void {
    const now = contentsOf(files());
    if (now === known) return;
    known = now;
    onChange();
  }

  function noticed(): void {
    clearTimeout(settling);
    settling = setTimeout(() => {
      settling = undefined;
      look();
    }, settleMs).unref();
  }

  function poll(): void {
    if (closed) return;
    followFolders();
    // A change that is being settled is looked at when it has settled.
    if (settling === undefined) look();
    polling = setTimeout(poll, pollMs()).unref();
  }

  function followFolders(): void {
    const wanted = new Set(files().map((file) => dirname(file)));
    for (const [folder, watcher] of folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      folders.delete(folder);
    }
    for (const folder of wanted) if (!folders.has(folder)) follow(folder);
  }

  function follow(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, noticed);
      folders.set(folder, watcher);
      watcher.on('error', () => {
        watcher.close();
        folders.delete(folder);
      });
    } catch {
      // A folder that cannot be watched is still polled.
    }
  }

  followFolders();
  polling = setTimeout(poll, pollMs()).unref();
  return {
    seen: () => {
      known = contentsOf(files());
    },
    close() {
      closed = true;
      clearTimeout(settling);
      clearTimeout(polling);
      for (const watcher of folders.values()) watcher.close();
    },
  };
}

function contentsOf(files: readonly string[]): string {
  return files.map((file) => `${file} ${digestOf(file)}`).join('\n');
}

function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return 'unreadable';
  }
}
