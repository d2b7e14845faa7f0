/** Small file habits: whole files or none, and JSON lines that survive a kill. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RehearseError, systemCode } from './errors.ts';

/** The mode of a file that holds a secret: nobody else on the machine reads it. */
export const OWNER_ONLY = 0o600;

/** Writes a file so that a reader sees the old one or the new one, never half of it. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o666): void {
  writeAllWhole([[file, content]], mode);
}

/** Writes files that belong together: where one of them cannot be written, all are left as they were. */
export function writeAllWhole(
  files: readonly (readonly [file: string, content: string | Uint8Array])[],
  mode = 0o666,
): void {
  const part = (file: string) => `${file}.${process.pid}.part`;
  let at = '';
  try {
    for (const [file, content] of files) {
      at = file;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(part(file), content, { mode });
    }
    for (const [file] of files) renameSync(part(file), file);
  } catch (error) {
    for (const [file] of files) rmSync(part(file), { force: true });
    throw naming(error, at);
  }
}

/** Node names the file where one cannot be opened, and not where it cannot be written on: a full disk is one of several. */
function naming(error: unknown, file: string): unknown {
  if (error instanceof Error && systemCode(error) !== undefined && !/'.+'/.test(error.message))
    error.message += ` '${file}'`;
  return error;
}

/** A value as indented JSON with a final newline. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a value as indented JSON with a final newline, whole or not at all. */
export function writeJson(file: string, value: unknown, mode?: number): void {
  writeWhole(file, jsonText(value), mode);
}

const DISK_TROUBLE: ReadonlySet<string | undefined> = new Set([
  'ENOSPC',
  'EROFS',
  'EDQUOT',
  'EFBIG',
  'EACCES',
  'EPERM',
]);

/** Whether an error is the disk's: full, or not to be written to by us. That is nobody's bug. */
export function isDiskTrouble(error: unknown): boolean {
  return !(error instanceof RehearseError) && DISK_TROUBLE.has(systemCode(error));
}
