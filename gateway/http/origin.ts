/**
 * Whether a request was made by a page of another site. Browsers send cookies, cached Basic credentials and
 * whatever a loopback address is worth along with it, so such a request changes nothing here.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Programs that are no browser send neither header and pass. */
export function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  const host = URL.parse(origin)?.host;
  // A reverse proxy may have put its own name into Host; a page cannot set X-Forwarded-Host unasked.
  const own = [headers.host, ...String(headers['x-forwarded-host'] ?? '').split(',')];
  return host === undefined || !own.some((name) => sameHost(name, host));
}

function sameHost(name: string | undefined, host: string): boolean {
  return (
    name
      ?.trim()
      .replace(/:(?:80|443)$/, '')
      .toLowerCase() === host.toLowerCase()
  );
}
