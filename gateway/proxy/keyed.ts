/** Requests whose path begins with a cluster's key. */
import { plainAnswer } from '../relay/answer.ts';
import type { Target } from '../relay/target.ts';
import { clusterPrefix, prefixIn } from '../routing/cluster-key.ts';
import type { Caller } from './caller.ts';
import type { ProxyContext } from './context.ts';

/** A target without its key, and the key; the target as it is where there is none. */
export function unkeyed(target: Target): { readonly target: Target; readonly prefix: string | undefined } {
  const prefix = prefixIn(target.raw);
  if (prefix === undefined) return { target, prefix };
  const { path, raw, search } = target;
  return { target: { raw: raw.slice(prefix.length), path: path.slice(prefix.length), search }, prefix };
}

/** Base URL of the backend whose key the request has; undefined for none, or one that is no backend's any more. */
export function keyedBackend({ fleet }: ProxyContext, { prefix }: Caller): string | undefined {
  if (prefix === undefined) return undefined;
  return fleet.views().find(({ backend }) => clusterPrefix(backend.proxyTo) === prefix)?.backend.proxyTo;
}

/** The prefix that a backend is told with a request, so that it comes back in the URIs of the answer. */
export function toldPrefix({ config }: ProxyContext, proxyTo: string, url: string): string | undefined {
  if (!config.routing.clusterKeyInUrls) return undefined;
  // Not with pages: their cookies are for /ui, and a login's way back is registered with its issuer.
  const isStatement =
    url.startsWith('/v1/statement') || config.additionalStatementPaths.some((path) => url.startsWith(path));
  return isStatement ? clusterPrefix(proxyTo) : undefined;
}

/** A page has no key: its cookies are for /ui, and the query id in its address says where it is. */
export function redirectToPage({ call, target }: Caller): void {
  call.answer(plainAnswer(307, `Location: ${target.raw}\r\n`), Buffer.alloc(0));
}
