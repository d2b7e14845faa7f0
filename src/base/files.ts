/** Small file habits: whole files or none, and JSON lines that survive a kill. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The mode of a file that holds a secret: nobody else on the machine reads it. */
export const OWNER_ONLY = 0o600;

/** Writes a file so that a reader sees the old one or the new one, never half of it. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o666): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.part`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}

/** Writes a value as indented JSON with a final newline, whole or not at all. */
export function writeJson(file: string, value: unknown, mode?: number): void {
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`, mode);
}
