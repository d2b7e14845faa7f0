/**
 * The Java gateway's cookie for OAuth2 handshakes (its GatewayCookie and OAuth2GatewayCookie), to the byte, so that each
 * takes the other's: base64url of indented JSON with its keys in alphabetical order, signed with HMAC-SHA256 over the same
 * text without the signature.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseDurationMs } from '../../src/base/units.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { airliftText } from './answers.ts';
import type { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';

const NAME = 'TG.OAUTH2';
const PREFIX = 'TG.';
/** Longer ones are none of ours. */
const LONGEST_VALUE = 8_192;

interface Cookie {
  readonly backend: string;
  readonly deletePaths: readonly string[];
  readonly name: string;
  readonly payload?: string | undefined;
  /** Of several, the lowest is heeded first. */
  readonly priority: number;
  readonly routingPaths: readonly string[];
  readonly signature: string;
  /** When it was made, in milliseconds of the wall clock. */
  readonly ts: number;
  /** How long it counts, as airlift writes durations. */
  readonly ttl: string;
}

/** What the cookies of a request say. */
export interface CookiesRead {
  /** Base URL of the backend that the handshake is at. */
  readonly proxyTo: string | undefined;
  readonly hasOurs: boolean;
  /** Names of cookies that the browser is to forget. */
  readonly ended: readonly string[];
}

/**
 * Undefined where cookies are off or the path is none of theirs; `tampered` when one that begins with `TG.` is not what a
 * gateway with this secret has made.
 */
export function readCookies(ctx: ProxyContext, caller: Caller): CookiesRead | 'tampered' | undefined {
  const { config, clock, fleet } = ctx;
  const { enabled, cookieSigningSecret: secret } = config.gatewayCookieConfiguration;
  if (!enabled || secret === undefined || !isCovered(config, caller.path)) return undefined;
  const cookies: Cookie[] = [];
  for (const [name, value] of given(caller)) {
    if (!name.startsWith(PREFIX)) continue;
    const cookie = readCookie(value, secret);
    if (cookie === undefined) return 'tampered';
    cookies.push(cookie);
  }
  const isOver = ({ ts, ttl }: Cookie) => ts + (parseDurationMs(ttl) ?? 0) < clock.wallMs();
  const usable = cookies
    .filter((cookie) => !isOver(cookie) && covers(cookie.routingPaths, caller.path))
    .toSorted((a, b) => a.priority - b.priority || a.ts - b.ts)
    .find(({ backend }) => fleet.at(backend) !== undefined);
  return {
    proxyTo: usable?.backend,
    hasOurs: cookies.some(({ name }) => name === NAME),
    ended: cookies
      .filter((cookie) => isOver(cookie) || cookie.deletePaths.includes(caller.path))
      .map(({ name }) => name),
  };
}

/** Lines of an answer: the cookie where a handshake begins, the end of those that are over. */
export function cookieLines(
  { config, clock }: ProxyContext,
  { path }: Caller,
  read: CookiesRead | undefined,
  proxyTo: string,
): string {
  if (read === undefined) return '';
  const { routingPaths, deletePaths, lifetime } = config.oauth2GatewayCookieConfiguration;
  if (!read.hasOurs && covers(routingPaths, path)) {
    const unsigned = {
      backend: proxyTo,
      deletePaths,
      name: NAME,
      priority: 0,
      routingPaths: [...routingPaths, ...deletePaths],
      ts: clock.wallMs(),
      ttl: airliftText(lifetime),
    };
    const secret = config.gatewayCookieConfiguration.cookieSigningSecret ?? '';
    const text = indented({ ...unsigned, signature: signatureOf(unsigned, secret) });
    const value = Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    return `Set-Cookie: ${NAME}=${value};Version=1;Max-Age=${Math.floor(lifetime / 1_000)}\r\n`;
  }
  return read.ended.map((name) => `Set-Cookie: ${name}=delete;Version=1;Max-Age=0\r\n`).join('');
}

const covers = (paths: readonly string[], path: string): boolean =>
  paths.some((prefix) => path.startsWith(prefix));

function isCovered({ oauth2GatewayCookieConfiguration: paths }: GatewayConfig, path: string): boolean {
  return covers(paths.routingPaths, path) || covers(paths.deletePaths, path);
}

/** Name and value of each cookie of the request. */
function given({ fields }: Caller): readonly (readonly [name: string, value: string])[] {
  return fields.names
    .flatMap(({ lower }, i) => (lower === 'cookie' ? (fields.values[i] ?? '').split(';') : []))
    .map((pair) => {
      const equals = pair.indexOf('=');
      return [
        pair.slice(0, equals).trim(),
        pair
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      ] as const;
    });
}

function readCookie(value: string, secret: string): Cookie | undefined {
  if (value.length > LONGEST_VALUE) return undefined;
  try {
    const cookie = asCookie(JSON.parse(Buffer.from(value, 'base64url').toString()));
    if (cookie === undefined) return undefined;
    const { signature, ...unsigned } = cookie;
    const [claimed, own] = [Buffer.from(signature), Buffer.from(signatureOf(unsigned, secret))];
    return claimed.length === own.length && timingSafeEqual(claimed, own) ? cookie : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

/** The known fields alone: whatever else is there is not signed for. */
function asCookie(value: unknown): Cookie | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { backend, deletePaths, name, payload, priority, routingPaths, signature, ts, ttl } =
    value as Partial<Cookie>;
  if (!isText(backend) || !isText(name) || !isText(signature) || !isText(ttl)) return undefined;
  if (!areTexts(deletePaths) || !areTexts(routingPaths)) return undefined;
  if (!Number.isSafeInteger(priority) || !Number.isSafeInteger(ts)) return undefined;
  if (payload !== undefined && !isText(payload)) return undefined;
  const [p, t] = [priority ?? 0, ts ?? 0];
  return { backend, deletePaths, name, payload, priority: p, routingPaths, signature, ts: t, ttl };
}

function signatureOf(unsigned: Omit<Cookie, 'signature'>, secret: string): string {
  return createHmac('sha256', secret).update(indented(unsigned)).digest('hex');
}

/** As Jackson's default printer indents it, keys in alphabetical order. */
function indented(record: object): string {
  const entries = Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const text = (value: unknown): string =>
    Array.isArray(value) ? `[ ${value.map(text).join(', ')} ]` : JSON.stringify(value);
  return `{\n${entries.map(([key, value]) => `  ${JSON.stringify(key)} : ${text(value)}`).join(',\n')}\n}`;
}
