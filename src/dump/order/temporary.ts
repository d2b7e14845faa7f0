/** A folder for what does not fit in memory; gone when it is closed, and when the process ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class TemporaryFolder {
  #dir: string | undefined;
  readonly #remove = () => {
    if (this.#dir !== undefined) rmSync(this.#dir, { recursive: true, force: true });
    this.#dir = undefined;
  };

  /** Made when it is first asked for, in the system's folder for such (`TMPDIR`). */
  get dir(): string {
    if (this.#dir === undefined) {
      this.#dir = mkdtempSync(join(tmpdir(), 'rehearse-dump-'));
      process.once('exit', this.#remove);
    }
    return this.#dir;
  }

  close(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
