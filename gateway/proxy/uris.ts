/**
 * Backends that neither heed forwarded headers nor take requests for the client's host (a virtual host before them, as a
 * rule) name themselves in the URIs of their answers. Those are rewritten to the address that the client uses: in the
 * fields of a statement answer, which Trino writes before its rows, in redirects, and in the addresses of a handshake.
 */
import type { Outgoing } from '../relay/exchange.ts';
import type { ResponseHead } from '../relay/response-head.ts';
import { forwardingOf, heedsOuter, type ProxyContext } from './context.ts';
import { type ClientSide, outerBase } from './headers.ts';

const URI_FIELDS = 'infoUri|partialCancelUri|nextUri|uri|ackUri';
const URI_LINES: ReadonlySet<string> = new Set(['location', 'www-authenticate']);

/** Nothing for backends that learn the client's address. */
export function rewrittenUris(
  ctx: ProxyContext,
  client: ClientSide,
  proxyTo: string,
): Pick<Outgoing, 'uris'> | undefined {
  if (forwardingOf(ctx, proxyTo) !== 'rewrite') return undefined;
  const base = outerBase(client, heedsOuter(ctx));
  const own = `https?://${new URL(proxyTo).host.replace(/[^\w]/g, '\\$&')}(?=[/"?]|$)`;
  const inBody = new RegExp(`("(?:${URI_FIELDS})"\\s*:\\s*")${own}`, 'g');
  const inLine = new RegExp(own, 'g');
  return {
    uris: {
      // Byte for byte but for the addresses: every byte is one character of latin1.
      body: (part) =>
        Buffer.from(
          part.toString('latin1').replace(inBody, (_, key: string) => key + base),
          'latin1',
        ),
      head: (head) => withLines(head, (value) => value.replace(inLine, () => base)),
    },
  };
}

function withLines(head: ResponseHead, changed: (value: string) => string): ResponseHead {
  const { names, values } = head.fields;
  if (!names.some(({ lower }) => URI_LINES.has(lower))) return head;
  const next = values.map((value, i) => (URI_LINES.has(names[i]?.lower ?? '') ? changed(value) : value));
  return { ...head, fields: { names, values: next } };
}
