/** How dumps are read and written, as options of every command on dumps. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { errorText, failure } from '../../base/errors.ts';
import { isTimeZone } from '../../base/time-zone.ts';
import { COLUMN_NAMES, type ColumnMap } from '../../dump/format.ts';
import { FORMAT_NAMES } from '../../dump/formats.ts';
import type { OpenOptions } from '../../dump/open.ts';
import { DELIMITER_NAMES, type DelimiterName } from '../../dump/rows/dialect.ts';
import { ENCODINGS, type Encoding } from '../../dump/text/encoding.ts';
import type { Watch } from '../../dump/watch.ts';
import { collect } from '../context.ts';

export interface ReadFlags {
  readonly format?: string;
  readonly column: readonly string[];
  readonly encoding?: Encoding;
  readonly delimiter?: DelimiterName;
  readonly timeZone?: string;
  readonly dateOrder?: 'dmy' | 'mdy';
  readonly user?: string;
  readonly users?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function readFlags(command: Command): Command {
  return readingFlags(command.argument('<files...>', 'dump files or globs; plain, gzip or zstd'));
}

/** The same without files: what is read comes from elsewhere. */
export function readingFlags(command: Command): Command {
  return command
    .option('--format <name>', `read as this format (${FORMAT_NAMES.join(', ')})`)
    .option(
      '--column <piece=name>',
      'which column holds what, for tables of no known format; repeat it, for example --column sql=statement',
      collect,
      [] as readonly string[],
    )
    .addOption(new Option('--encoding <name>', 'of text that is not UTF-8 or UTF-16').choices(ENCODINGS))
    .addOption(new Option('--delimiter <name>', 'what separates columns').choices(DELIMITER_NAMES))
    .option('--time-zone <zone>', 'of times written without one, such as Europe/Berlin; UTC when absent')
    .addOption(
      new Option('--date-order <order>', 'what comes first in dates such as 03/02/2026').choices([
        'dmy',
        'mdy',
      ]),
    )
    .option('--user <name>', 'whose the queries are where the dump does not say')
    .option('--users <file>', 'JSON object with names of users that the dump only numbers')
    .option('--partial', 'use what came whole of a file that ends early or breaks')
    .option('--json', 'print as JSON')
    .option('--quiet', 'no progress');
}

export type ReadOptions = OpenOptions & { readonly signal: AbortSignal };

/** The flags as options for reading. Throws USAGE. */
export function openOptions(flags: ReadFlags, signal: AbortSignal, watch?: Watch): ReadOptions {
  const { format, encoding, delimiter, timeZone, dateOrder, user, partial } = flags;
  if (timeZone !== undefined && !isTimeZone(timeZone))
    throw failure('USAGE', {
      detail: `--time-zone ${timeZone} is no time zone such as UTC or Europe/Berlin`,
    });
  return {
    ...{ format, encoding, delimiter, timeZone, dateOrder, user, partial, signal, watch },
    columns: columnMap(flags.column),
    users: flags.users === undefined ? undefined : usersOf(flags.users),
  };
}

/** `piece=name` pairs as a column map; undefined for none. Throws USAGE. */
export function columnMap(pairs: readonly string[]): ColumnMap | undefined {
  if (pairs.length === 0) return undefined;
  const map: Partial<Record<keyof ColumnMap, string>> = {};
  for (const pair of pairs) {
    const [piece = '', ...name] = pair.split('=');
    if (!COLUMN_NAMES.includes(piece as keyof ColumnMap) || name.join('=') === '')
      throw failure('USAGE', {
        detail: `--column ${pair}: expected PIECE=NAME with a piece of ${COLUMN_NAMES.join(', ')}`,
      });
    map[piece as keyof ColumnMap] = name.join('=');
  }
  if (map.sql === undefined)
    throw failure('USAGE', { detail: '--column sql=… is missing: where is the SQL?' });
  return map as ColumnMap;
}

function usersOf(file: string): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw failure('USAGE', { detail: `--users ${file} cannot be used: ${errorText(error)}` });
  }
  const isMap =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((name) => typeof name === 'string');
  if (!isMap)
    throw failure('USAGE', { detail: `--users ${file} has to be a JSON object such as {"7": "ana"}` });
  return value as Readonly<Record<string, string>>;
}
