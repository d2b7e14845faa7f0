/**
 * OAuth2 handshakes. Each is in the memory of one coordinator, while its requests come from two programs: a client is
 * refused with two addresses, opens the one in a browser and polls the other for the token; the browser is sent to an
 * issuer and comes back with a `state`. So what names a handshake is learnt from the answers that start it, and a
 * browser gets a cookie besides, for a gateway with several nodes.
 */
import type { Answer } from '../relay/answer.ts';
import { firstValue, ownText } from '../relay/fields.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { clusterPrefix } from '../routing/cluster-key.ts';
import { Lru } from '../routing/lru.ts';
import type { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';

export type Handshakes = Lru<string, string>;

const MOST_HANDSHAKES = 20_000;
const LONGEST_NAME = 2_000;
const COOKIE = 'rehearse-cluster';
const ADDRESSES = /x_(?:redirect|token)_server="[^"]*\/([^"/?#]+)(?:[?#][^"]*)?"/g;
const STATE = /[?&]state=([^&#]+)/;

export function newHandshakes(): Handshakes {
  return new Lru(MOST_HANDSHAKES);
}

/** Of a refused statement: the addresses that its client will use. */
export function learnRefusal({ handshakes }: ProxyContext, head: ResponseHead, proxyTo: string): void {
  if (head.status !== 401) return;
  const { names, values } = head.fields;
  for (let i = 0; i < names.length; i++) {
    if (names[i]?.lower !== 'www-authenticate') continue;
    for (const [, name] of (values[i] ?? '').matchAll(ADDRESSES)) keep(handshakes, name, proxyTo);
  }
}

/**
 * Of a page's answer that sends the browser to an issuer: the `state` that it will come back with. Answers the lines to
 * add, which tell the browser which cluster it is.
 */
export function learnRedirect(
  { handshakes }: ProxyContext,
  caller: Caller,
  head: ResponseHead,
  proxyTo: string,
): string {
  if (caller.isStrict) return '';
  const state =
    head.status >= 300 && head.status < 400 ? stateOf(firstValue(head.fields, 'location')) : undefined;
  if (state === undefined) return '';
  keep(handshakes, state, proxyTo);
  const isSecure = caller.isSecure || firstValue(caller.fields, 'x-forwarded-proto') === 'https';
  const key = clusterPrefix(proxyTo).slice(2);
  return `Set-Cookie: ${COOKIE}=${key}; Path=/oauth2; Max-Age=600; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}\r\n`;
}

/** The cluster that a request of a handshake belongs to; undefined where nothing says. */
export function handshakeBackend({ fleet, handshakes }: ProxyContext, caller: Caller): string | undefined {
  const { path, search } = caller.target;
  if (caller.isStrict || !path.startsWith('/oauth2')) return undefined;
  const known =
    handshakes.get(path.slice(path.lastIndexOf('/') + 1)) ?? handshakes.get(stateOf(`?${search}`) ?? '');
  if (known !== undefined) return known;
  const key = new RegExp(`(?:^|;)\\s*${COOKIE}=([\\w-]+)`).exec(
    firstValue(caller.fields, 'cookie') ?? '',
  )?.[1];
  if (key === undefined) return undefined;
  return fleet.views().find(({ backend }) => clusterPrefix(backend.proxyTo) === `/~${key}`)?.backend.proxyTo;
}

function stateOf(uri: string | undefined): string | undefined {
  return STATE.exec(uri ?? '')?.[1];
}

function keep(handshakes: Handshakes, name: string | undefined, proxyTo: string): void {
  if (name !== undefined && name.length <= LONGEST_NAME) handshakes.set(ownText(name), proxyTo);
}

/** `includeClusterHostInResponse`, as the Java gateway tells it. */
export function clusterHostLine(
  { config }: ProxyContext,
  proxyTo: string,
  { status }: Pick<Answer, 'status'>,
): string {
  if (!config.includeClusterHostInResponse || status !== 200) return '';
  return `Set-Cookie: trinoClusterHost=${new URL(proxyTo).hostname}\r\n`;
}
