/**
 * Dumps without anybody's names and values. Every word of a statement is taken for what Trino's grammar says it is; what the grammar does
 * not read is not understood, and what is not understood is not passed on.
 */
import { hash } from 'node:crypto';
import { errorText } from '../../base/errors.ts';
import { type Piece, piecesOfStatement } from '../../sql/roles.ts';
import type { DumpRecord } from '../record.ts';
import { type Pseudonyms, pseudonyms } from './pseudonyms.ts';
import { FUNCTIONS, TYPES } from './public-words.ts';

export interface AnonymiseOptions {
  /** The same key gives the same pseudonyms. */
  readonly key: string;
  /** Names, sources, tags … that stay as they are. */
  readonly keep: readonly string[];
}

export interface Anonymiser {
  /** The record without names and values, or why it cannot be one. */
  record(record: DumpRecord): DumpRecord | { readonly refused: string };
  /** Throws where the statement is not understood. */
  sql(text: string): string;
}

/** Tools whose names tell nothing of anybody; what follows the name is hashed. */
const TOOLS =
  /^(?:Apache Superset|superset|trino-(?:cli|jdbc|python-client|js-client|go-client)|dbt-trino(?:-\d[\d.]*)?|airflow|Airflow|DBeaver|Tableau|zeppelin|metabase|Metabase|Looker|querybook|Querybook|presto-[a-z]+)/;
/** Values of session properties that are switches and sizes. */
const PLAIN_VALUE = /^(?:true|false|[A-Z_]+|\d+(?:\.\d+)?\s?(?:ns|us|ms|s|m|h|d|B|kB|MB|GB|TB|PB|%)?)$/;
/** Headers that tell what the client can do, and nothing of who it is. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  'x-trino-client-capabilities',
  'x-trino-query-data-encoding',
  'x-trino-language',
]);
const ALWAYS_KEPT = ['information_schema'];
const REMEMBERED = 20_000;

export function anonymiser({ key, keep }: AnonymiseOptions): Anonymiser {
  const kept = new Set([...ALWAYS_KEPT, ...keep].map((word) => word.toLowerCase()));
  const hidden = pseudonyms(key, kept);
  const sql = remembered((text) => anonymousSql(text, hidden));
  return {
    sql,
    record: (record) => {
      try {
        return anonymousRecord(record, hidden, sql);
      } catch (error) {
        return { refused: `not understood: ${errorText(error)}` };
      }
    },
  };
}

function remembered(work: (text: string) => string): (text: string) => string {
  let known = new Map<string, string>();
  return (text) => {
    const name = hash('sha1', text, 'base64');
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED) known = new Map();
    const made = work(text);
    known.set(name, made);
    return made;
  };
}

/** Throws where the text, before or after, is not read whole, or has become another statement. */
function anonymousSql(text: string, hidden: Pseudonyms): string {
  // Trino takes no semicolon, but people end a statement with one.
  const { kind, pieces } = piecesOfStatement(text.replace(/[\s;]+$/, ''));
  const made = pieces.map((piece, i) => replaced(piece, pieces[i + 1], hidden)).join('');
  const again = piecesOfStatement(made);
  const shape = (all: readonly Piece[]) => all.map((piece) => piece.role).join(' ');
  if (again.kind !== kind || shape(again.pieces) !== shape(pieces))
    throw new Error('it would become another statement');
  return made;
}

function replaced({ text, role }: Piece, next: Piece | undefined, hidden: Pseudonyms): string {
  switch (role) {
    case 'word':
    case 'blank':
    case 'place':
    case 'property':
      return text;
    case 'name':
      return nameFor(text, hidden);
    case 'function':
      return FUNCTIONS.has(text.toLowerCase()) || next === undefined ? text : nameFor(text, hidden);
    case 'type':
      return TYPES.has(text.toLowerCase()) ? text : nameFor(text, hidden);
    case 'string':
      return hidden.string(text);
    case 'typed-string':
      return isTimeZone(text.slice(1, -1)) ? text : hidden.string(text);
    case 'number':
      return hidden.number(text);
    case 'comment':
      return hidden.text(text);
  }
}

function nameFor(text: string, hidden: Pseudonyms): string {
  if (!text.startsWith('"')) return hidden.name(text);
  return `"${hidden.name(text.slice(1, -1).replaceAll('""', '"')).replaceAll('"', '""')}"`;
}

const ZONES: ReadonlySet<string> = new Set(['UTC', 'GMT', ...Intl.supportedValuesOf('timeZone')]);

function isTimeZone(text: string): boolean {
  return ZONES.has(text);
}

function anonymousRecord(record: DumpRecord, hidden: Pseudonyms, sql: (text: string) => string): DumpRecord {
  const { source, clientInfo, catalog, schema, timeZone, transactionId, headers, routedTo } = record;
  const plain = Object.entries(headers ?? {}).filter(([name]) => PLAIN_HEADERS.has(name));
  const prepared = Object.entries(record.prepared).map(([name, text]) => [hidden.name(name), sql(text)]);
  return {
    origin: { file: 'anonymised', line: record.origin.line },
    ...(record.queryId === undefined ? {} : { queryId: record.queryId }),
    arrivedAtMs: record.arrivedAtMs,
    sql: sql(record.sql),
    user: hidden.label('user', record.user),
    ...(source === undefined ? {} : { source: sourceFor(source, hidden) }),
    clientTags: record.clientTags.map((tag) => hidden.label('tag', tag)),
    ...(clientInfo === undefined ? {} : { clientInfo: hidden.label('info', clientInfo) }),
    ...(catalog === undefined ? {} : { catalog: hidden.name(catalog) }),
    ...(schema === undefined ? {} : { schema: hidden.name(schema) }),
    ...(timeZone === undefined || !isTimeZone(timeZone) ? {} : { timeZone }),
    session: Object.fromEntries(Object.entries(record.session).map((pair) => propertyFor(pair, hidden))),
    prepared: Object.fromEntries(prepared),
    ...(transactionId === undefined ? {} : { transactionId: hidden.label('transaction', transactionId) }),
    ...(plain.length === 0 ? {} : { headers: Object.fromEntries(plain) }),
    ...(record.queryType === undefined ? {} : { queryType: record.queryType }),
    ...(record.recorded === undefined ? {} : { recorded: record.recorded }),
    ...(routedTo === undefined ? {} : { routedTo: placeFor(routedTo, hidden) }),
  };
}

function placeFor({ group, backend }: NonNullable<DumpRecord['routedTo']>, hidden: Pseudonyms) {
  return {
    ...(group === undefined ? {} : { group: hidden.label('group', group) }),
    ...(backend === undefined ? {} : { backend: hidden.label('cluster', backend) }),
  };
}

/** A tool's name stays, since routing goes by it; a notebook's or a job's after it does not. */
function sourceFor(source: string, hidden: Pseudonyms): string {
  const tool = TOOLS.exec(source)?.[0] ?? '';
  const rest = source.slice(tool.length);
  if (rest === '') return source;
  return tool === '' ? hidden.label('source', source) : `${tool}-${hidden.label('source', rest)}`;
}

/** A property's own name is Trino's; the catalog before it and a value that is no switch are not. */
function propertyFor([name, value]: [string, string], hidden: Pseudonyms): [string, string] {
  const dot = name.indexOf('.');
  const own = dot < 0 ? name : `${hidden.name(name.slice(0, dot))}.${name.slice(dot + 1)}`;
  return [own, PLAIN_VALUE.test(value) ? value : hidden.text(value)];
}
