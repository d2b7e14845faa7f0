/** Statements that change the client's session, its transaction, or another query. */
import { randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { type StubError, stubError } from '../errors.ts';
import { dottedName, identifier, literalText, wordAt, wordsAt } from '../text/sql.ts';
import type { ClientSession } from './client.ts';

/** What a statement did: its type and the headers that tell the client, as `name, value, name, value …`. */
export interface Effect {
  readonly updateType: string;
  readonly headers: readonly string[];
}

/** The parts of a coordinator that such statements reach. */
export interface SessionWorld {
  readonly transactions: Set<string>;
  /** Those of them in which a statement has failed: good for a ROLLBACK only. */
  readonly abortedTransactions: Set<string>;
  /** Kills a running query; undefined when it worked. */
  kill(queryId: string, message: string): StubError | undefined;
}

const NOTHING: readonly string[] = [];
/** Where errors of a whole statement are. */
const START = { line: 1, column: 1 };

/** Does the statement and says what it did. */
export function runSessionStatement(
  sql: string,
  tokens: readonly string[],
  session: ClientSession,
  world: SessionWorld,
): Effect | StubError {
  switch (wordAt(tokens, 0)) {
    case 'USE':
      return useSchema(tokens, session);
    case 'SET':
      return setSomething(tokens, session);
    case 'RESET':
      return resetSomething(tokens, session);
    case 'PREPARE':
      return prepare(sql, tokens);
    case 'DEALLOCATE':
      return deallocate(tokens, session);
    case 'START':
      return startTransaction(session, world);
    case 'COMMIT':
    case 'ROLLBACK':
      return endTransaction(wordAt(tokens, 0), session, world);
    default:
      return callProcedure(tokens, world);
  }
}

function useSchema(tokens: readonly string[], session: ClientSession): Effect | StubError {
  const [schema = '', catalog] = dottedName(tokens, 1).parts.toReversed();
  if (catalog === undefined && session.catalog === undefined) {
    return stubError(
      'MISSING_CATALOG_NAME',
      'line 1:1: Catalog must be specified when session catalog is not set',
      START,
    );
  }
  const first = catalog === undefined ? [] : ['X-Trino-Set-Catalog', catalog];
  return { updateType: 'USE', headers: [...first, 'X-Trino-Set-Schema', schema] };
}

function setSomething(tokens: readonly string[], session: ClientSession): Effect | StubError {
  if (wordsAt(tokens, 1, 'SESSION', 'AUTHORIZATION')) {
    if (!declares(session, 'SESSION_AUTHORIZATION')) return lacking('SET SESSION AUTHORIZATION');
    const user = tokens[3]?.startsWith("'") ? literalText(tokens[3]) : (identifier(tokens[3]) ?? '');
    return { updateType: 'SET SESSION AUTHORIZATION', headers: ['X-Trino-Set-Authorization-User', user] };
  }
  switch (wordAt(tokens, 1)) {
    case 'SESSION': {
      const { parts, next } = dottedName(tokens, 2);
      const value = tokens
        .slice(next + 1)
        .map(literalText)
        .join('');
      return setSession(`${parts.join('.')}`, value, 'SET SESSION');
    }
    case 'PATH':
      return setPath(tokens, session);
    case 'TIME': {
      const zone = wordAt(tokens, 3) === 'LOCAL' ? session.timeZone : literalText(tokens[3]);
      return setSession('time_zone_id', zone, 'SET TIME ZONE');
    }
    default: {
      const role = /^(ALL|NONE)$/.test(wordAt(tokens, 2))
        ? wordAt(tokens, 2)
        : `ROLE{${identifier(tokens[2]) ?? ''}}`;
      const catalog = wordAt(tokens, 3) === 'IN' ? (identifier(tokens[4]) ?? 'system') : 'system';
      return { updateType: 'SET ROLE', headers: ['X-Trino-Set-Role', `${catalog}=${formEncode(role)}`] };
    }
  }
}

function setPath(tokens: readonly string[], session: ClientSession): Effect | StubError {
  if (!declares(session, 'PATH')) return lacking('SET PATH');
  if (session.catalog === undefined && !tokens.includes('.')) {
    const why = 'Catalog must be specified for each path element when session catalog is not set';
    return stubError('MISSING_CATALOG_NAME', `line 1:1: ${why}`, START);
  }
  return { updateType: 'SET PATH', headers: ['X-Trino-Set-Path', formEncode(tokens.slice(2).join(''))] };
}

function setSession(name: string, value: string, updateType: string): Effect {
  return { updateType, headers: ['X-Trino-Set-Session', `${name}=${formEncode(value)}`] };
}

function resetSomething(tokens: readonly string[], session: ClientSession): Effect | StubError {
  if (wordsAt(tokens, 1, 'SESSION', 'AUTHORIZATION')) {
    if (!declares(session, 'SESSION_AUTHORIZATION')) return lacking('RESET SESSION AUTHORIZATION');
    return {
      updateType: 'RESET SESSION AUTHORIZATION',
      headers: ['X-Trino-Reset-Authorization-User', 'true'],
    };
  }
  const name = dottedName(tokens, 2).parts.join('.');
  return { updateType: 'RESET SESSION', headers: ['X-Trino-Clear-Session', name] };
}

function declares(session: ClientSession, capability: string): boolean {
  return session.capabilities.split(',').some((item) => item.trim() === capability);
}

function lacking(statement: string): StubError {
  return stubError('NOT_SUPPORTED', `${statement} not supported by client`);
}

/** Longer statements are sent compressed when that saves at least 512 characters. */
const COMPRESS_FROM = 2_048;
const COMPRESS_SAVES = 512;

function prepare(sql: string, tokens: readonly string[]): Effect {
  const name = identifier(tokens[1]) ?? '';
  const text = `${sql.replace(/^[\s\S]*?\bFROM\b\s*/i, '').trim()}\n\n`;
  const packed =
    text.length > COMPRESS_FROM ? `$zstd:${paddedBase64Url(zstdCompressSync(Buffer.from(text)))}` : text;
  const value = packed.length + COMPRESS_SAVES <= text.length ? packed : text;
  return {
    updateType: 'PREPARE',
    headers: ['X-Trino-Added-Prepare', `${formEncode(name)}=${formEncode(value)}`],
  };
}

function paddedBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function deallocate(tokens: readonly string[], session: ClientSession): Effect | StubError {
  const name = identifier(tokens[2]) ?? '';
  if (session.prepared[name] === undefined) return unknownPrepared(name);
  return { updateType: 'DEALLOCATE', headers: ['X-Trino-Deallocated-Prepare', formEncode(name)] };
}

function unknownPrepared(name: string): StubError {
  return stubError('NOT_FOUND', `Prepared statement not found: ${name}`);
}

function startTransaction(session: ClientSession, world: SessionWorld): Effect | StubError {
  if (session.transactionId === undefined) {
    return stubError('INCOMPATIBLE_CLIENT', 'Client does not support transactions');
  }
  if (session.transactionId !== 'NONE')
    return stubError('NOT_SUPPORTED', 'Nested transactions not supported');
  const id = randomUUID();
  world.transactions.add(id);
  return { updateType: 'START TRANSACTION', headers: ['X-Trino-Started-Transaction-Id', id] };
}

function endTransaction(updateType: string, session: ClientSession, world: SessionWorld): Effect | StubError {
  const id = session.transactionId;
  if (id === undefined || id === 'NONE') return stubError('NOT_IN_TRANSACTION', 'No transaction in progress');
  world.transactions.delete(id);
  const isAborted = world.abortedTransactions.delete(id);
  if (isAborted && updateType === 'COMMIT') {
    return stubError('TRANSACTION_ALREADY_ABORTED', 'Current transaction has already been aborted');
  }
  return { updateType, headers: ['X-Trino-Clear-Transaction-Id', 'true'] };
}

function callProcedure(tokens: readonly string[], world: SessionWorld): Effect | StubError {
  const { parts, next } = dottedName(tokens, 1);
  if (parts.at(-1) !== 'kill_query') return { updateType: 'CALL', headers: NOTHING };
  const named = (name: string): string | undefined => {
    const at = tokens.findIndex((_, i) => i > next && wordAt(tokens, i) === name && tokens[i + 1] === '=');
    return at < 0 ? undefined : literalText(tokens[at + 3]);
  };
  const quoted = tokens.slice(next).filter((token) => token.startsWith("'"));
  const id = named('QUERY_ID') ?? literalText(quoted[0]);
  const message = named('MESSAGE') ?? literalText(quoted[1]);
  const error = world.kill(id, message);
  return error ?? { updateType: 'CALL', headers: NOTHING };
}

/** The statement that EXECUTE stands for, with its parameters in place, or why there is none. */
export function executedSql(tokens: readonly string[], session: ClientSession): string | StubError {
  const immediate = wordAt(tokens, 1) === 'IMMEDIATE';
  const name = identifier(tokens[1]) ?? '';
  const text = immediate ? literalText(tokens[2]) : session.prepared[name];
  if (text === undefined) return unknownPrepared(name);
  const using = immediate ? 3 : 2;
  const parameters = wordAt(tokens, using) === 'USING' ? splitAtCommas(tokens.slice(using + 1)) : [];
  let place = 0;
  return text.trim().replace(/'(?:[^']|'')*'|"[^"]*"|\?/g, (part) => {
    return part === '?' ? (parameters[place++] ?? '?') : part;
  });
}

function splitAtCommas(tokens: readonly string[]): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of tokens) {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (token === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += parts.at(-1) === '' ? token : ` ${token}`;
  }
  return parts;
}

/** The form that Java's URLEncoder writes: spaces as plus signs. */
function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
