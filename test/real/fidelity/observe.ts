/**
 * What a client can see of an answer, without what differs between any two servers: addresses, ids and secrets get
 * names, figures their type. The order of keys is kept, and whether a number was written with a fraction.
 */
import type { Reply, Side } from './wire.ts';

export type Seen = string | readonly Seen[] | { readonly [key: string]: Seen };

/** Fields whose value is the same on every server; of all others the type is compared. */
const BY_VALUE = new Set([
  ...['state', 'queued', 'scheduled', 'updateType', 'infoUri', 'nextUri', 'partialCancelUri'],
  ...['name', 'type', 'rawType', 'kind', 'value', 'columns', 'data', 'coordinator', 'starting', 'done'],
  ...['message', 'sqlState', 'errorCode', 'errorName', 'errorType', 'errorLocation', 'code', 'fatal'],
  ...[
    'lineNumber',
    'columnNumber',
    'warnings',
    'suppressed',
    'retryPolicy',
    'resourceGroupId',
    'finalQueryInfo',
  ],
]);

/** Sent by one HTTP library and not the other, and nothing that a client of Trino looks at. */
const CONNECTION_HEADERS = new Set([
  'date',
  'keep-alive',
  'connection',
  'content-length',
  'transfer-encoding',
]);

export function masked({ base }: Side, text: string): string {
  return text
    .replaceAll(base, '{base}')
    .replaceAll(base.replace('http://', ''), '{host}')
    .replace(/\d{8}_\d{6}_\d{5}_[a-z0-9]{5}/g, '{id}')
    .replace(/(partialCancel\/\{id\})\/\d+/g, '$1/{stage}')
    .replace(/\by[0-9a-f]{40}\b/g, '{slug}')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '{uuid}')
    .replace(/(Trino-UI-Token=)[\w-]+\.[\w-]+\.[\w-]+/g, '$1{jwt}');
}

/** Status, headers, body. JSON is taken apart, other text compared as it is. */
export function seen(on: Side, reply: Reply): Seen {
  return { ...headSeen(on, reply), body: bodySeen(on, reply) };
}

export function headSeen(on: Side, { status, headers }: Reply): { readonly [key: string]: Seen } {
  const lines: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    if (CONNECTION_HEADERS.has(name)) continue;
    lines[name] = [...(lines[name] ?? []), masked(on, value)];
  }
  const sorted = Object.entries(lines).map(([name, values]) => [name, values.sort().join(' | ')] as const);
  return { status: String(status), headers: Object.fromEntries(sorted.sort()) };
}

export function bodySeen(on: Side, { headers, text }: Reply): Seen {
  const isJson = headers.some(
    ([name, value]) => name === 'content-type' && value.startsWith('application/json'),
  );
  return isJson && text !== '' ? jsonSeen(on, text) : masked(on, text);
}

/** A number as it was written. */
class Written {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

export function jsonSeen(on: Side, text: string): Seen {
  const keepNumbers: Reviver = (_, value, { source }) =>
    typeof value === 'number' ? new Written(source ?? '') : value;
  return valueSeen(on, JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown), false);
}

function valueSeen(on: Side, value: unknown, exactly: boolean): Seen {
  if (value === null) return 'null';
  if (value instanceof Written) {
    if (exactly) return value.source;
    return /[.eE]/.test(value.source) ? 'number with fraction' : 'integer';
  }
  if (typeof value === 'string') return exactly ? JSON.stringify(masked(on, value)) : 'string';
  if (typeof value === 'boolean') return exactly ? String(value) : 'boolean';
  if (Array.isArray(value)) return arraySeen(on, value, exactly);
  const entries = Object.entries(value as object);
  const inner = entries.map(([key, item]) => [key, valueSeen(on, item, exactly || BY_VALUE.has(key))]);
  return { 'order of keys': entries.map(([key]) => key).join(' '), ...Object.fromEntries(inner) };
}

/** Of a list that is not compared by value only the first item is looked at. */
function arraySeen(on: Side, values: readonly unknown[], exactly: boolean): Seen {
  if (exactly) return values.map((value) => valueSeen(on, value, true));
  return values.length === 0 ? '[]' : { 'each item': valueSeen(on, values[0], false) };
}
