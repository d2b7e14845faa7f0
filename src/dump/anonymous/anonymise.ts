/**
 * Dumps without anybody's names and values. What may stay is named in closed sets; what is not understood is not passed on.
 */
import { hash } from 'node:crypto';
import { errorText } from '../../base/errors.ts';
import { FirstSeen, type Told } from '../first-seen.ts';
import type { DumpRecord } from '../record.ts';
import { headersFor } from './headers.ts';
import type { Part } from './parts.ts';
import { type Pseudonyms, pseudonyms } from './pseudonyms.ts';
import { QUERY_TYPES } from './public-results.ts';
import { isPlainSetting, SESSION_PROPERTIES } from './public-settings.ts';
import { idFor, resultFor } from './results.ts';
import { anonymousSql } from './statement.ts';
import { isTimeZone } from './time-zones.ts';

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
  /** What the records held in place of words that Trino has, until now. */
  readonly told: ReadonlyMap<Part, Told>;
}

/** Tools whose names tell nothing of anybody; what follows the name is hashed. */
const TOOLS =
  /^(?:Apache Superset|superset|(?:trino|presto)-(?:cli|jdbc|python-client|js-client|go-client)|dbt-trino(?:-\d{1,2}(?:\.\d{1,3}){1,2})?|airflow|Airflow|DBeaver|Tableau|zeppelin|metabase|Metabase|Looker|querybook|Querybook)(?![A-Za-z0-9])/;
const ALWAYS_KEPT = ['information_schema'];
const REMEMBERED = 20_000;

export function anonymiser({ key, keep }: AnonymiseOptions): Anonymiser {
  const kept = new Set([...ALWAYS_KEPT, ...keep].map((word) => word.toLowerCase()));
  const hidden = pseudonyms(key, kept);
  const sql = remembered((text) => anonymousSql(text, hidden));
  const tally = new FirstSeen<Part>();
  return {
    sql,
    told: tally.all,
    record: (record) => {
      try {
        return anonymousRecord(record, hidden, sql, (part) => tally.add(part, record.origin));
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

function anonymousRecord(
  record: DumpRecord,
  hidden: Pseudonyms,
  sql: (text: string) => string,
  tell: (part: Part) => void,
): DumpRecord {
  const { source, clientInfo, catalog, schema, transactionId, routedTo } = record;
  // The statements first: what is refused for them is counted for nothing else.
  const made = sql(record.sql);
  const prepared = Object.entries(record.prepared).map(([name, text]) => [hidden.name(name), sql(text)]);
  const queryId = idFor(record, hidden, tell);
  const timeZone = among(record.timeZone, isTimeZone, 'time zone', tell);
  const queryType = among(record.queryType, (word) => QUERY_TYPES.has(word), 'query type', tell);
  const headers = headersFor(record.headers ?? {}, tell);
  return {
    origin: { file: 'anonymised', line: record.origin.line },
    ...(queryId === undefined ? {} : { queryId }),
    arrivedAtMs: record.arrivedAtMs,
    sql: made,
    user: hidden.label('user', record.user),
    ...(source === undefined ? {} : { source: sourceFor(source, hidden) }),
    clientTags: record.clientTags.map((tag) => hidden.label('tag', tag)),
    ...(clientInfo === undefined ? {} : { clientInfo: hidden.label('info', clientInfo) }),
    ...(catalog === undefined ? {} : { catalog: hidden.name(catalog) }),
    ...(schema === undefined ? {} : { schema: hidden.name(schema) }),
    ...(timeZone === undefined ? {} : { timeZone }),
    session: Object.fromEntries(Object.entries(record.session).map((pair) => propertyFor(pair, hidden))),
    prepared: Object.fromEntries(prepared),
    ...(transactionId === undefined ? {} : { transactionId: hidden.label('transaction', transactionId) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(queryType === undefined ? {} : { queryType }),
    ...(record.recorded === undefined ? {} : { recorded: resultFor(record.recorded, hidden, tell) }),
    ...(routedTo === undefined ? {} : { routedTo: placeFor(routedTo, hidden) }),
  };
}

/** A word if it is one of those; otherwise nothing, and told. */
function among(
  word: string | undefined,
  isOne: (word: string) => boolean,
  part: Part,
  tell: (part: Part) => void,
): string | undefined {
  if (word === undefined || isOne(word)) return word;
  tell(part);
  return undefined;
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

/** A property that Trino has keeps its name, and its value where that is a switch or a size; the catalog before it does not. */
function propertyFor([name, value]: [string, string], hidden: Pseudonyms): [string, string] {
  const parts = name.split('.');
  const own = parts.pop() ?? '';
  const made = [...parts.map(hidden.name), SESSION_PROPERTIES.has(own) ? own : hidden.name(own)].join('.');
  return [made, isPlainSetting(own, value) ? value : hidden.value(value)];
}
