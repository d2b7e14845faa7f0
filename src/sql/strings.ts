/** Values of string literals. */
import type { StringContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { asRule, syntaxProblem, trino } from './grammar.ts';

/** The text that a literal stands for: `'it''s'`, `U&'caf\00e9'`. */
export function stringValue(literal: StringContext): string {
  if (!(literal instanceof trino.UnicodeStringLiteralContext)) return unquoted(literal.getText());
  const escaper = literal.STRING() === null ? '\\' : unquoted(literal.STRING()?.getText() ?? '');
  const read = unicodeText(unquoted(literal.UNICODE_STRING().getText().slice(2)), escaper);
  if ('wrong' in read) throw syntaxProblem(literal.start, read.wrong);
  return read.text;
}

/** The text of a Unicode literal's inside, by its escape character; or what is wrong with it. */
export function unicodeText(
  inside: string,
  escaper: string,
): { readonly text: string } | { readonly wrong: string } {
  if (!/^[^0-9a-f+"' \n]$/i.test(escaper)) return { wrong: 'Invalid Unicode escape character' };
  const e = escaper.replace(/[\\^$.*?()[\]{}|/-]/g, '\\$&');
  const pattern = new RegExp(`${e}(?:${e}|\\+([0-9a-f]{6})|([0-9a-f]{4}))|${e}`, 'gi');
  let isWhole = true;
  const text = inside.replace(pattern, (whole, six: string | undefined, four: string | undefined) => {
    const digits = six ?? four;
    if (digits !== undefined) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(digits, 16)));
    if (whole.length === 1) isWhole = false;
    return escaper;
  });
  return isWhole ? { text } : { wrong: 'Incomplete escape sequence' };
}

/** The text between the quotes of a literal. */
export function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}

/** The value of an expression that is a string literal and nothing else. */
export function literalValue(expression: unknown): string | undefined {
  let node = asRule(expression);
  while (node !== undefined && !(node instanceof trino.StringLiteralContext)) {
    if (node.getChildCount() !== 1) return undefined;
    node = asRule(node.getChild(0));
  }
  return node === undefined ? undefined : stringValue(node.string());
}
