/**
 * Headers on their way through: flat lists of name, value, name, value, so that repeated lines stay repeated
 * (Trino reads session properties and prepared statements from several lines).
 */
import type { Forwarding } from '../backends/info.ts';

/** RFC 9110, section 7.6.1; `Expect` is answered by the server itself. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

const VIA = '1.1 rehearse';
/** Written by this gateway, or not at all. */
const FORWARDED_HERE: ReadonlySet<string> = new Set([
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-for',
]);

export interface ClientSide {
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[];
  /** Address of the peer. */
  readonly address: string;
}

/** The first line of a header in a flat list; `name` in lower case. */
export function firstHeader(flat: readonly string[], name: string): string | undefined {
  for (let i = 0; i < flat.length; i += 2) {
    const key = flat[i];
    if (key?.length === name.length && key.toLowerCase() === name) return flat[i + 1];
  }
  return undefined;
}

function connectionNames(flat: readonly string[]): ReadonlySet<string> | undefined {
  const listed = firstHeader(flat, 'connection');
  if (listed === undefined || /^(?:keep-alive|close)$/i.test(listed)) return undefined;
  return new Set(listed.split(',').map((n) => n.trim().toLowerCase()));
}

/**
 * Headers for a backend. `forwarded`: the backend's own Host and X-Forwarded-For, -Proto and -Host (with port),
 * where a value that an outer proxy sent stays, as the left-most one is what Trino builds its URIs from.
 * `preserve-host`: the client's Host and no X-Forwarded-*, which coordinators accept with default settings.
 */
export function requestHeaders(client: ClientSide, mode: Forwarding, keepLength: boolean): string[] {
  const flat = client.rawHeaders;
  const named = connectionNames(flat);
  const out: string[] = [];
  let host = '';
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    const value = flat[i + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'host') host = value;
    else if (!isDropped(lower, mode, keepLength) && named?.has(lower) !== true) out.push(name, value);
  }
  if (mode === 'preserve-host') {
    if (host !== '') out.push('Host', host);
  } else {
    const outerFor = allLines(flat, 'x-forwarded-for');
    out.push('X-Forwarded-For', outerFor === '' ? client.address : `${outerFor}, ${client.address}`);
    out.push('X-Forwarded-Proto', leftMost(flat, 'x-forwarded-proto') ?? 'http');
    out.push('X-Forwarded-Host', leftMost(flat, 'x-forwarded-host') ?? host);
  }
  out.push('Via', VIA);
  return out;
}

function isDropped(lower: string, mode: Forwarding, keepLength: boolean): boolean {
  if (HOP_BY_HOP.has(lower)) return true;
  if (lower === 'content-length') return !keepLength;
  if (mode === 'preserve-host') return lower.startsWith('x-forwarded-') || lower === 'forwarded';
  return FORWARDED_HERE.has(lower);
}

function leftMost(flat: readonly string[], name: string): string | undefined {
  return firstHeader(flat, name)?.split(',')[0]?.trim();
}

function allLines(flat: readonly string[], name: string): string {
  const lines: string[] = [];
  for (let i = 0; i < flat.length; i += 2) if (flat[i]?.toLowerCase() === name) lines.push(flat[i + 1] ?? '');
  return lines.join(', ');
}

/** Headers of a backend's answer for the client: everything but the hop-by-hop ones, in the order received. */
export function responseHeaders(raw: readonly (Buffer | string)[]): string[] {
  const flat = raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
  const named = connectionNames(flat);
  const out: string[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && named?.has(lower) !== true) out.push(name, flat[i + 1] ?? '');
  }
  return out;
}
