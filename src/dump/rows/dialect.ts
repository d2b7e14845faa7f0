/** How a table is written: what separates its fields, and whether they are quoted or escaped. */
import { DumpFault } from '../fault.ts';

const DELIMITERS = [',', '\t', '|', ';'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** The names that the setting `delimiter` may have. */
export const DELIMITER_NAMES = ['comma', 'tab', 'pipe', 'semicolon'] as const;
export type DelimiterName = (typeof DELIMITER_NAMES)[number];

const BY_NAME: Readonly<Record<DelimiterName, Delimiter>> = {
  comma: ',',
  tab: '\t',
  pipe: '|',
  semicolon: ';',
};

export interface Dialect {
  readonly delimiter: Delimiter;
  /** `mysql --batch` and Trino's TSV output never quote: newlines, tabs and backslashes are escaped. */
  readonly escaped: boolean;
}

function nameOf(delimiter: Delimiter): DelimiterName {
  return DELIMITER_NAMES.find((name) => BY_NAME[name] === delimiter) as DelimiterName;
}

/** The dialect for people. */
export function dialectName(dialect: Dialect): string {
  const escapes = dialect.escaped ? ' with backslash escapes' : '';
  return `${nameOf(dialect.delimiter)}-separated values${escapes}`;
}

/**
 * Finds the dialect by the header (the separator seen most outside quotes) and by whether any field is quoted. Two
 * separators seen equally often are a question. Throws `DumpFault`.
 */
export function detectDialect(head: string, asked?: DelimiterName): Dialect {
  const header = headerLine(head).replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => header.split(delimiter).length - 1;
  const most = Math.max(...DELIMITERS.map(count));
  const found = DELIMITERS.filter((d) => count(d) === most);
  if (asked === undefined && most > 0 && found.length > 1) {
    const names = found.map(nameOf);
    throw new DumpFault(
      'question',
      `which character separates its columns? The header has as many of ${names.join(' as of ')}; say ` +
        `\`delimiter: ${names[0]}\` (--delimiter ${names[0]}) or another`,
      1,
    );
  }
  const delimiter = asked === undefined ? (found[0] ?? ',') : BY_NAME[asked];
  return { delimiter, escaped: delimiter === '\t' && !/(?:^|[\t\n])"/.test(head) };
}

/** The first line of text, quoted newlines included; empty when the head holds no whole line. */
function headerLine(head: string): string {
  return /^(?:"[^"]*"|[^"\n])*/.exec(head)?.[0] ?? '';
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b' };

/** A field without its backslash escapes. */
export function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\([\s\S])/g, (_, c: string) => ESCAPES[c] ?? c) : value;
}
