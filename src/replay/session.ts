/**
 * The state that a client keeps between the statements of a session, as the protocol gives it to the client to keep: what
 * earlier answers have set goes out with later statements (io.trino.client.StatementClientV1, ClientSession).
 */
import { HEADER } from '../trino/headers.ts';
import type { Headers } from './http/response-reader.ts';

export interface ClientSession {
  /** The headers of the next statement: the recorded ones, under what the session's own statements have changed. */
  headersFor(recorded: Readonly<Record<string, string>>): Record<string, string>;
  /** Takes the changes out of an answer's headers. */
  note(headers: Headers): void;
  /** The transaction that is open, or undefined. */
  readonly transaction: string | undefined;
}

/** What real clients tell that they can do; without these SET PATH and SET SESSION AUTHORIZATION fail. */
const CAPABILITIES = 'PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION';

/** Changes of a map that travels as `name=value` pairs: a value, or null for a name that was taken away. */
type Changes = Map<string, string | null>;

interface State {
  readonly single: Map<string, string>;
  readonly session: Changes;
  readonly prepared: Changes;
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
    headersFor(recorded) {
      const headers: Record<string, string> = { ...recorded, ...Object.fromEntries(state.single) };
      headers[HEADER.transactionId] = state.transaction ?? 'NONE';
      headers[HEADER.capabilities] = CAPABILITIES;
      if (state.actsAs !== undefined) {
        headers[HEADER.originalUser] = recorded[HEADER.originalUser] ?? recorded[HEADER.user] ?? '';
        headers[HEADER.user] = state.actsAs;
      }
      putPairs(headers, HEADER.session, state.session);
      putPairs(headers, HEADER.preparedStatement, state.prepared);
      putPairs(headers, HEADER.role, state.roles);
      return headers;
    },
    note(headers) {
      noteSingles(state, headers);
      notePairs(state.session, headers[HEADER.setSession], headers[HEADER.clearSession]);
      notePairs(state.prepared, headers[HEADER.addedPrepare], headers[HEADER.deallocatedPrepare]);
      notePairs(state.roles, headers[HEADER.setRole], undefined);
      noteTransaction(state, headers);
    },
    get transaction() {
      return state.transaction;
    },
  };
}

function noteSingles({ single }: State, headers: Headers): void {
  const changes = [
    [HEADER.setCatalog, HEADER.catalog],
    [HEADER.setSchema, HEADER.schema],
    [HEADER.setPath, HEADER.path],
  ] as const;
  for (const [from, to] of changes) {
    const value = headers[from];
    if (typeof value === 'string') single.set(to, value);
  }
}

function noteTransaction(state: State, headers: Headers): void {
  const started = headers[HEADER.startedTransactionId];
  // Both are repeated until the end of a query; a client clears first, as a COMMIT can carry only the one.
  if (headers[HEADER.clearTransactionId] !== undefined) state.transaction = undefined;
  if (typeof started === 'string' && started !== 'NONE') state.transaction = started;
  const actsAs = headers[HEADER.setAuthorizationUser];
  if (typeof actsAs === 'string') state.actsAs = actsAs;
  if (headers[HEADER.resetAuthorizationUser] !== undefined) state.actsAs = undefined;
}

/** Names stay as the server wrote them, and so do values: a prepared text may be packed, and is sent back untouched. */
function notePairs(changes: Changes, set: Headers[string], cleared: Headers[string]): void {
  for (const name of linesOf(cleared)) changes.set(decoded(name.trim()), null);
  for (const pair of linesOf(set)) {
    const eq = pair.indexOf('=');
    if (eq > 0) changes.set(decoded(pair.slice(0, eq).trim()), pair.slice(eq + 1).trim());
  }
}

function linesOf(value: Headers[string]): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).flatMap((line) => line.split(','));
}

/** Lays changes over the pairs that a header has already. */
function putPairs(headers: Record<string, string>, header: string, changes: Changes): void {
  if (changes.size === 0) return;
  const pairs = new Map<string, string>();
  for (const pair of linesOf(headers[header])) {
    const eq = pair.indexOf('=');
    if (eq > 0) pairs.set(decoded(pair.slice(0, eq).trim()), pair.slice(eq + 1).trim());
  }
  for (const [name, value] of changes) {
    if (value === null) pairs.delete(name);
    else pairs.set(name, value);
  }
  if (pairs.size === 0) delete headers[header];
  else headers[header] = [...pairs].map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join(',');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
