/**
 * The base of every address in an answer: scheme, host, port and prefix of the request being answered, by the rules
 * of Jetty's ForwardedRequestCustomizer as observed on a coordinator with `http-server.process-forwarded=true`.
 */
import type { IncomingHttpHeaders } from 'node:http';

interface HostPort {
  readonly host: string;
  readonly port: string | undefined;
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** `http://host[:port][/prefix]`, no slash at the end; default ports are dropped. */
export function baseUri(headers: IncomingHttpHeaders, processForwarded: boolean): string {
  const direct = headers.host ?? 'localhost';
  if (!processForwarded || !hasForwarding(headers)) return withoutDefaultPort('http', direct);
  const standard = forwardedPairs(leftMost(headers.forwarded));
  const scheme = standard.proto ?? leftMost(headers['x-forwarded-proto']) ?? 'http';
  const host =
    standard.host ?? leftMost(headers['x-forwarded-host']) ?? leftMost(headers['x-forwarded-server']);
  const port = leftMost(headers['x-forwarded-port']);
  // Of several prefixes none is chosen: Jetty takes the header as it is.
  const prefix = encodeURI([headers['x-forwarded-prefix'] ?? ''].flat().join(', '));
  const named = splitPort(host ?? direct);
  const chosen = host === undefined ? (port ?? named.port) : (named.port ?? port);
  const authority = chosen === undefined ? named.host : `${named.host}:${chosen}`;
  return withoutDefaultPort(scheme.toLowerCase(), authority) + cleanPrefix(prefix);
}

function hasForwarding(headers: IncomingHttpHeaders): boolean {
  return headers.forwarded !== undefined || forwardingHeader(headers) !== undefined;
}

/** The first X-Forwarded-* header of a request, or undefined. */
export function forwardingHeader(headers: IncomingHttpHeaders): string | undefined {
  for (const name in headers) {
    if (name.startsWith('x-forwarded-')) return name;
  }
  return undefined;
}

function leftMost(value: string | readonly string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0];
  const first = text?.split(',', 1)[0]?.trim();
  return first === '' ? undefined : first;
}

/** `host=f:5;proto=https` of RFC 7239. */
function forwardedPairs(element: string | undefined): { readonly host?: string; readonly proto?: string } {
  if (element === undefined) return {};
  const pairs: Record<string, string> = {};
  for (const part of element.split(';')) {
    const [name = '', value = ''] = part.split('=', 2);
    pairs[name.trim().toLowerCase()] = value.trim().replace(/^"(.*)"$/, '$1');
  }
  return pairs;
}

function splitPort(authority: string): HostPort {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority);
  return { host: match?.[1] ?? authority, port: match?.[2] };
}

function withoutDefaultPort(scheme: string, authority: string): string {
  const usual = `:${DEFAULT_PORT[scheme] ?? ''}`;
  const shown = usual.length > 1 && authority.endsWith(usual) ? authority.slice(0, -usual.length) : authority;
  return `${scheme}://${shown}`;
}

function cleanPrefix(prefix: string): string {
  const trimmed = prefix.replace(/\/+$/, '');
  return trimmed === '' || trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
}
