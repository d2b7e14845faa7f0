/** What is wrong with a value, in words of ours: the same for a file and for a body of the REST API. */
import type { z } from 'zod';
import { isSecretKey, maskText, maskUrl } from './secrets.ts';
import { shortened } from './shorten.ts';
import { suggestion } from './suggest.ts';

const KINDS = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text',
} as const;

function kindWords(kind: string): string {
  return KINDS[kind as keyof typeof KINDS] ?? kind;
}

const COLLECTIONS: readonly string[] = ['object', 'record', 'array', 'map', 'set', 'tuple'];

type Path = readonly (string | number)[];

/** Characters of a value that are shown. */
const MOST_SHOWN = 80;

/**
 * What is wrong with the value at a path: `expected a number, got "many"`; for a value that is not there, `is missing: expected a
 * number`. Plain values are quoted where one is expected, unless a secret is expected there; what stands in the place of a
 * map or a list is not, since a secret may be in it.
 */
export function issueWords(issue: z.core.$ZodIssue, path: Path, value: unknown): string {
  if (issue.code === 'custom') return issue.message;
  const expected = expectedOf(issue);
  if (value === undefined) return `is missing: ${expected}`;
  if (!isShown(issue, path, value)) return `${expected}, got ${kindOf(value)}`;
  const quoted = typeof value === 'string' ? maskIn(issue, value) : value;
  return `${expected}, got ${shortened(JSON.stringify(quoted), MOST_SHOWN)}${nearestOf(issue, value)}`;
}

function isShown(issue: z.core.$ZodIssue, path: Path, value: unknown): boolean {
  if (issue.code === 'invalid_type' && COLLECTIONS.includes(issue.expected)) return false;
  return !path.some(isSecretKey) && (typeof value !== 'object' || isEmpty(value));
}

function isEmpty(value: object | null): boolean {
  return value === null || Object.keys(value).length === 0;
}

function maskIn(issue: z.core.$ZodIssue, text: string): string {
  return issue.code === 'invalid_format' && issue.format === 'url' ? maskUrl(text) : maskText(text);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return KINDS.array;
  if (value === null) return 'nothing';
  return typeof value === 'object' ? 'a map' : kindWords(typeof value);
}

function expectedOf(issue: z.core.$ZodIssue): string {
  // A message that the schema brings along says it better.
  if (!/^(?:Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kindWords(issue.expected)}`;
    case 'invalid_value':
      return `expected ${listed(issue.values.map((value) => String(value)))}`;
    case 'invalid_union':
      return unionOf(issue);
    case 'too_small':
      return boundOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return boundOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_format':
      return issue.format === 'starts_with' && 'prefix' in issue
        ? `expected a text that begins with ${String(issue.prefix)}`
        : plain(issue.message);
    default:
      return plain(issue.message);
  }
}

function listed(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function unionOf({ errors, message }: z.core.$ZodIssueInvalidUnion): string {
  const kinds = errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [first.expected] : []));
  if (kinds.length === 0 || kinds.length < errors.length) return plain(message);
  return `expected ${kinds.map(kindWords).join(' or ')}`;
}

function boundOf(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'string' && relation === 'at least' && Number(bound) === 1)
    return 'expected a text that is not empty';
  const unit = { string: ' characters', array: Number(bound) === 1 ? ' entry' : ' entries' }[origin] ?? '';
  return `expected ${relation} ${bound}${unit}`;
}

function plain(message: string): string {
  const text = message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "Did you mean" for a value out of a list that is said anyway. */
function nearestOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return '';
  const near = suggestion(value, issue.values.map(String));
  return near.includes('did you mean') ? near : '';
}
