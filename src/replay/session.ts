/**
 * The state that a client keeps between the statements of a session, as the protocol gives it to the client to keep: what
 * earlier answers have set goes out with later statements (io.trino.client.StatementClientV1, ClientSession).
 *
 * What a later statement does hangs on prepared texts, catalog, schema and user. Of these an answer only confirms what its statement
 * was to change, and what is kept is the text by which the plan was judged, never one out of an answer: a gateway may mix answers up.
 */
import type { PlannedQuery, PreparedText, SessionChange } from '../plan/plan.ts';
import { HEADER } from '../trino/headers.ts';
import { decodedOr, isPacked, packedText, preparedPairs, urlEncoded } from '../trino/prepared.ts';
import type { Headers } from './http/response-reader.ts';

/** A statement as its session has to know it. */
export type SessionStatement = Pick<PlannedQuery, 'headers' | 'kind' | 'changes' | 'executes'>;

export interface ClientSession {
  /** The headers of a statement: the recorded ones, under what the session's own statements have changed. */
  headersFor(statement: SessionStatement): Record<string, string>;
  /** Takes the changes that a statement has made out of the headers of an answer to it. */
  note(statement: SessionStatement, headers: Headers): void;
  /** The transaction that is open, or undefined. */
  readonly transaction: string | undefined;
}

/** What real clients tell that they can do; without these SET PATH and SET SESSION AUTHORIZATION fail. */
const CAPABILITIES = 'PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION';

/** Changes of a map that travels as `name=value` pairs: a value as it is sent, or null for a name that was taken away. */
type Changes = Map<string, string | null>;

/** A prepared text, and how it is sent. */
interface Held {
  readonly text: string;
  readonly encoded: string;
}

interface State {
  readonly single: Map<string, string>;
  readonly session: Changes;
  /** Null for a name that was taken away. */
  readonly prepared: Map<string, Held | null>;
  readonly roles: Changes;
  transaction: string | undefined;
  /** User by SET SESSION AUTHORIZATION. */
  actsAs: string | undefined;
}

export function createClientSession(): ClientSession {
  const state: State = {
    single: new Map(),
    session: new Map(),
    prepared: new Map(),
    roles: new Map(),
    transaction: undefined,
    actsAs: undefined,
  };
  return {
    headersFor({ headers: recorded, executes }) {
      const headers: Record<string, string> = { ...recorded, ...Object.fromEntries(state.single) };
      headers[HEADER.transactionId] = state.transaction ?? 'NONE';
      headers[HEADER.capabilities] = CAPABILITIES;
      if (state.actsAs !== undefined) {
        headers[HEADER.originalUser] = recorded[HEADER.originalUser] ?? recorded[HEADER.user] ?? '';
        headers[HEADER.user] = state.actsAs;
      }
      putPairs(headers, HEADER.session, state.session);
      putPrepared(headers, state.prepared, executes);
      putPairs(headers, HEADER.role, state.roles);
      return headers;
    },
    note(statement, headers) {
      // Nothing else changes a session; an answer that says so is not this statement's.
      if (statement.kind !== 'session' && statement.kind !== 'transaction') return;
      noteTransaction(state, headers);
      if (statement.changes !== undefined) return confirm(state, statement.changes, headers);
      const path = headers[HEADER.setPath];
      if (typeof path === 'string') state.single.set(HEADER.path, path);
      notePairs(state.session, headers[HEADER.setSession], headers[HEADER.clearSession]);
      notePairs(state.roles, headers[HEADER.setRole], undefined);
    },
    get transaction() {
      return state.transaction;
    },
  };
}

/** Makes a change that the answer confirms. */
function confirm(state: State, change: SessionChange, headers: Headers): void {
  const { single, prepared } = state;
  if (change.kind === 'prepare') {
    const added = preparedPairs(headers[HEADER.addedPrepare]).find(([name]) => name === change.name);
    // As long as the cluster packs it, so do we: headers are then as large as those of a real client.
    if (added !== undefined) prepared.set(change.name, held(change.sql, isPacked(added[1])));
  } else if (change.kind === 'deallocate') {
    const names = linesOf(headers[HEADER.deallocatedPrepare]).map((name) => decodedOr(name.trim()));
    if (names.includes(change.name)) prepared.set(change.name, null);
  } else if (change.kind === 'authorization') {
    const { setAuthorizationUser, resetAuthorizationUser } = HEADER;
    const done = change.user === undefined ? resetAuthorizationUser : setAuthorizationUser;
    if (headers[done] !== undefined) state.actsAs = change.user;
  } else if (headers[HEADER.setSchema] !== undefined) {
    single.set(HEADER.schema, change.schema);
    if (change.catalog !== undefined) single.set(HEADER.catalog, change.catalog);
  }
}

function held(text: string, packed: boolean): Held {
  return { text, encoded: packed ? packedText(text) : urlEncoded(text) };
}

function noteTransaction(state: State, headers: Headers): void {
  const started = headers[HEADER.startedTransactionId];
  // Both are repeated until the end of a query; a client clears first, as a COMMIT can carry only the one.
  if (headers[HEADER.clearTransactionId] !== undefined) state.transaction = undefined;
  if (typeof started === 'string' && started !== 'NONE') state.transaction = started;
}

/** Names and values stay as the server wrote them. */
function notePairs(changes: Changes, set: Headers[string], cleared: Headers[string]): void {
  for (const name of linesOf(cleared)) changes.set(name.trim(), null);
  for (const [name, value] of pairsOf(set)) changes.set(name, value);
}

function linesOf(value: Headers[string]): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((line) => line.split(','));
}

function pairsOf(value: Headers[string]): readonly (readonly [string, string])[] {
  return linesOf(value).flatMap((pair) => {
    const eq = pair.indexOf('=');
    return eq <= 0 ? [] : [[pair.slice(0, eq).trim(), pair.slice(eq + 1).trim()] as const];
  });
}

/** Lays changes over the pairs that a header has already. */
function putPairs(headers: Record<string, string>, header: string, changes: Changes): void {
  if (changes.size === 0) return;
  const pairs = new Map(pairsOf(headers[header]));
  for (const [name, value] of changes) put(pairs, name, value);
  putList(headers, header, pairs);
}

/**
 * Lays what was prepared over what was recorded. The statement that is executed goes out with the text by which it was judged, or
 * without any: what else the session may hold under its name was never meant to run.
 */
function putPrepared(
  headers: Record<string, string>,
  prepared: State['prepared'],
  executes: PreparedText | undefined,
): void {
  if (prepared.size === 0 && executes === undefined) return;
  const recorded = new Map(preparedPairs(headers[HEADER.preparedStatement]));
  const pairs = new Map(recorded);
  for (const [name, one] of prepared) put(pairs, name, one?.encoded ?? null);
  if (executes !== undefined) {
    const { name, text } = executes;
    const own = prepared.get(name);
    const asRecorded = recorded.get(name);
    if (text === undefined) pairs.delete(name);
    else if (own?.text === text) pairs.set(name, own.encoded);
    else put(pairs, name, asRecorded === urlEncoded(text) ? asRecorded : null);
    // Trino tells these names apart; whoever reads the header less strictly finds one text only.
    for (const other of pairs.keys()) if (other !== name && isLike(other, name)) pairs.delete(other);
  }
  const encoded = new Map([...pairs].map(([name, value]) => [urlEncoded(name), value]));
  putList(headers, HEADER.preparedStatement, encoded);
}

function isLike(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function put(pairs: Map<string, string>, name: string, value: string | null): void {
  if (value === null) pairs.delete(name);
  else pairs.set(name, value);
}

function putList(headers: Record<string, string>, header: string, pairs: ReadonlyMap<string, string>): void {
  if (pairs.size === 0) delete headers[header];
  else headers[header] = [...pairs].map(([name, value]) => `${name}=${value}`).join(',');
}
