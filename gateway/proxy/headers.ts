/**
 * Header lines on their way to a backend, as text: in the order received, so that repeated lines stay repeated (Trino
 * reads session properties and prepared statements from several lines).
 */
import type { Forwarding } from '../backends/info.ts';
import { type Fields, fieldName, joinedValue } from '../relay/fields.ts';
import { connectionOnly } from '../relay/framing.ts';
import type { HeaderChanges } from '../routing/header-changes.ts';
import { isUnfit, outerOf } from './outer.ts';

/** As the Java gateway names itself: people look for it in the logs of their coordinators. */
const VIA_LINE = 'Via: HTTP/1.1 TrinoGateway\r\n';
/** Written by this gateway, or not at all. */
const FORWARDED_HERE: ReadonlySet<string> = new Set([
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-for',
]);

/** What a backend is told of a client. */
export interface ClientSide {
  readonly fields: Fields;
  /** Of the Connection lines, in lower case. */
  readonly connection: string | undefined;
  /** Of the Host line. */
  readonly host: string | undefined;
  /** Address of the peer. */
  readonly address: string;
  readonly isSecure: boolean;
}

const WRITTEN_ANEW: ReadonlySet<string> = new Set(['host', 'content-length']);

export interface RequestLines {
  /** Undefined for the backend's own. */
  readonly host: string | undefined;
  readonly lines: string;
}

export interface LinesOptions {
  readonly heedsOuter?: boolean;
  readonly dropsEncoding?: boolean;
  readonly prefix?: string | undefined;
}

/**
 * Lines for a backend. `forwarded`: the backend's own Host and X-Forwarded-For, -Proto, -Host and -Port,
 * where a value that an outer proxy sent stays, as the left-most one is what Trino builds its URIs from.
 * Unless they are not to be heeded, when it is dropped.
 * `preserve-host`: the client's Host and no X-Forwarded-*, which coordinators accept with default settings.
 * `rewrite`: the backend's own Host and nothing else, and no compression, as its answers are looked into.
 * `dropsEncoding`: answers come uncompressed, as through the Java gateway. `prefix` goes before every path that the
 * backend gives out, after those of outer proxies.
 */
export function requestLines(
  client: ClientSide,
  mode: Forwarding,
  { dropsEncoding = false, heedsOuter = true, prefix }: LinesOptions = {},
): RequestLines {
  const { connection, host } = client;
  const { names, values } = client.fields;
  const named = connectionOnly(connection);
  const isForwarded = mode === 'forwarded';
  const left = leftOut(prefix !== undefined, dropsEncoding || mode === 'rewrite');
  let lines = '';
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === undefined || name.isHopByHop) continue;
    const { lower } = name;
    if (WRITTEN_ANEW.has(lower) || isDropped(lower, values[i], isForwarded && heedsOuter)) continue;
    if (left.includes(lower)) continue;
    if (named?.has(lower) !== true) lines += `${name.text}: ${values[i]}\r\n`;
  }
  if (isForwarded) lines += forwardedLines(client, heedsOuter);
  if (prefix !== undefined) lines += prefixLine(client, prefix, heedsOuter);
  return { host: mode === 'preserve-host' ? host : undefined, lines: lines + VIA_LINE };
}

function leftOut(hasPrefix: boolean, dropsEncoding: boolean): string[] {
  return [...(hasPrefix ? ['x-forwarded-prefix'] : []), ...(dropsEncoding ? ['accept-encoding'] : [])];
}

function prefixLine({ fields }: ClientSide, prefix: string, heedsOuter: boolean): string {
  return `X-Forwarded-Prefix: ${outerOf(fields, heedsOuter).prefix}${prefix}\r\n`;
}

function isDropped(lower: string, value: string | undefined, passesOthers: boolean): boolean {
  if (!isForwardedField(lower)) return false;
  return !passesOthers || FORWARDED_HERE.has(lower) || isUnfit(lower, value ?? '');
}

/** Fields by which proxies tell of clients; `lower` is a name in lower case. */
export function isForwardedField(lower: string): boolean {
  return lower === 'forwarded' || lower.startsWith('x-forwarded-');
}

/** As the Java gateway writes them: the host without its port, which has a line of its own. */
function forwardedLines({ fields, host, address, isSecure }: ClientSide, heedsOuter: boolean): string {
  const outer = outerOf(fields, heedsOuter);
  const outerFor = heedsOuter ? joinedValue(fields, 'x-forwarded-for') : undefined;
  const chain = outerFor === undefined || outerFor === '' ? address : `${outerFor}, ${address}`;
  const proto = outer.proto ?? (isSecure ? 'https' : 'http');
  const lines = `X-Forwarded-For: ${chain}\r\nX-Forwarded-Proto: ${proto}\r\n`;
  // What an outer proxy said of its port, or did not say, stays as it is: ours is not where clients come to.
  if (outer.host !== undefined) return `${lines}X-Forwarded-Host: ${outer.host}\r\n`;
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(host ?? '') ?? [];
  if (name === '') return lines;
  const portLine =
    outer.port === undefined ? `X-Forwarded-Port: ${port ?? (proto === 'https' ? '443' : '80')}\r\n` : '';
  return `${lines}X-Forwarded-Host: ${name}\r\n${portLine}`;
}

/** The fields with those that a router set; repeated lines of a changed name become one. */
export function changedFields({ names, values }: Fields, changes: HeaderChanges): Fields {
  const changed = new Set([...changes.keys()].map((name) => name.toLowerCase()));
  const kept = names.map((_, i) => i).filter((i) => !changed.has(names[i]?.lower ?? ''));
  return {
    names: [...kept.map((i) => names[i] ?? fieldName('')), ...[...changes.keys()].map(fieldName)],
    values: [...kept.map((i) => values[i] ?? ''), ...changes.values()],
  };
}

/** Answers in which an id is replaced have to come unpacked. */
export function withoutEncoding({ names, values }: Fields): Fields {
  const kept = names.map((_, i) => i).filter((i) => names[i]?.lower !== 'accept-encoding');
  return {
    names: kept.flatMap((i) => names[i] ?? []),
    values: kept.map((i) => values[i] ?? ''),
  };
}

/** Scheme, host and prefix that the client uses, as a coordinator works them out of the forwarded headers. */
export function outerBase({ fields, host = '', isSecure }: ClientSide, isHeeded: boolean): string {
  const outer = outerOf(fields, isHeeded);
  const proto = outer.proto === 'https' || isSecure ? 'https' : 'http';
  const name = outer.host ?? host;
  const isDefault = outer.port === undefined || outer.port === (proto === 'https' ? '443' : '80');
  const authority = isDefault || /:\d+$/.test(name) ? name : `${name}:${outer.port}`;
  return `${proto}://${authority}${outer.prefix}`;
}
