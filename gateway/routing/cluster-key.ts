/**
 * Keys of clusters in URLs. A coordinator puts `X-Forwarded-Prefix` before every path that it gives out (trinodb/trino,
 * io.trino.server.ExternalUriInfo): with the cluster's key there, polls, spooled segments and handshakes name their cluster
 * themselves, at any node and without a store. A key says nothing but which base URL is meant, and only the base URLs of
 * known backends are ever compared with it: it leads nowhere else.
 */
import { hash } from 'node:crypto';

const KEY_CHARS = 10;
const KEYED = /^\/~([\w-]{10})(?=\/)/;
/** The same after whatever an outer proxy put before it. */
const KEYED_BEHIND = /^(?:\/[^?#]*?)?\/~[\w-]{10}(?=\/)/;

const prefixes = new Map<string, string>();
/** Far more than there are backends. */
const MOST_KEPT = 1_000;

/** What goes before the paths of a cluster: `/~` and a hash of its base URL. */
export function clusterPrefix(proxyTo: string): string {
  const known = prefixes.get(proxyTo);
  if (known !== undefined) return known;
  const prefix = `/~${hash('sha256', proxyTo, 'base64url').slice(0, KEY_CHARS)}`;
  if (prefixes.size < MOST_KEPT) prefixes.set(proxyTo, prefix);
  return prefix;
}

/** The prefix that a request target begins with, or undefined. */
export function prefixIn(target: string): string | undefined {
  if (target.charCodeAt(1) !== 0x7e) return undefined;
  return KEYED.exec(target)?.[0];
}

/** A path out of a coordinator's answer as the coordinator takes it. */
export function withoutPrefix(path: string): string {
  return path.replace(KEYED_BEHIND, '');
}
