/** What the routing rules of a run were: a path alone says nothing of what stood in the file when the run began. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const KEY = 'rulesConfigPath';

/**
 * SHA-256 of the bytes of every rules file that a scenario names, by the key that names it
 * (`gateway.config.routingRules.rulesConfigPath`). The content itself is never kept: it may hold secrets. A file that
 * cannot be read is passed over; that it is missing is told elsewhere.
 */
export function rulesDigests(scenario: unknown, dir: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...named(scenario, '')].flatMap(([key, file]) => {
      const digest = digestOf(resolve(dir, file));
      return digest === undefined ? [] : [[key, digest]];
    }),
  );
}

function* named(value: unknown, path: string): Generator<readonly [key: string, file: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (key === KEY && typeof inner === 'string') yield [here, inner];
    else yield* named(inner, here);
  }
}

function digestOf(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch {
    return undefined;
  }
}
