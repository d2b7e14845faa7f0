/**
 * `statements.ndjson`: what a fingerprint of the samples stands for. Only the shape is kept (no literal, no comment),
 * so a record can be shown around without the values that production's statements hold.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../base/files.ts';
import { fieldsOf, jsonLine, jsonLinesOf } from '../../base/lines.ts';
import { normalisedSql } from '../../trino/sql-kind.ts';

export const STATEMENTS_FILE = 'statements.ndjson';

/** More shapes than this are no help to a reader; the samples keep their fingerprints all the same. */
const MOST_TEXTS = 20_000;
/** Characters kept of one shape. */
const MOST_CHARACTERS = 4_000;

/** Writes the shape behind every fingerprint, in the order of the plan, 20 000 at most. */
export function writeStatementTexts(
  dir: string,
  queries: Iterable<{ readonly fingerprint: string; readonly sql: string }>,
): void {
  const lines = new Map<string, string>();
  for (const { fingerprint, sql } of queries) {
    if (lines.size >= MOST_TEXTS) break;
    if (lines.has(fingerprint)) continue;
    const shape = tight(normalisedSql(sql));
    const text = shape.length > MOST_CHARACTERS ? `${shape.slice(0, MOST_CHARACTERS)} …` : shape;
    lines.set(fingerprint, jsonLine({ fingerprint, text }));
  }
  writeWhole(join(dir, STATEMENTS_FILE), [...lines.values(), ''].join('\n'));
}

/** Writes shapes that were read from several records, each once. */
export function keepStatementTexts(dir: string, all: readonly ReadonlyMap<string, string>[]): void {
  const texts = new Map(all.flatMap((one) => [...one]));
  const lines = Array.from(texts, ([fingerprint, text]) => jsonLine({ fingerprint, text }));
  writeWhole(join(dir, STATEMENTS_FILE), [...lines, ''].join('\n'));
}

/** Shapes by fingerprint; empty for a record that was written without them. Throws for a line that is none. */
export async function readStatementTexts(dir: string): Promise<ReadonlyMap<string, string>> {
  const file = join(dir, STATEMENTS_FILE);
  const texts = new Map<string, string>();
  if (!existsSync(file)) return texts;
  for await (const read of jsonLinesOf(file)) {
    const { fingerprint, text } = 'value' in read ? fieldsOf(read.value) : {};
    if (typeof fingerprint !== 'string' || typeof text !== 'string')
      throw new Error(`${STATEMENTS_FILE}:${read.line} is broken`);
    texts.set(fingerprint, text);
  }
  return texts;
}

/** A shape's tokens as people set them: no space around dots, inside brackets and before commas. */
function tight(shape: string): string {
  return shape.replace(/ ([.,)])/g, '$1').replace(/([.(]) /g, '$1');
}
