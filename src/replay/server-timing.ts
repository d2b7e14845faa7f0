/** What a gateway says of its own times: the `Server-Timing` header (W3C), with the hop names of the bundled gateway. */

export interface SaidTiming {
  /** Time that the gateway calls its own: routing, queueing, connecting. Microseconds. */
  readonly ownUs: number;
  /** Time that it waited for the cluster's answer, microseconds. */
  readonly upstreamUs: number;
}

const OWN: ReadonlySet<string> = new Set(['route', 'queue', 'connect']);
const UPSTREAM = 'first_byte';
/** A day: longer waits are nobody's word, and would not fit the record's columns. */
const MOST_MS = 86_400_000;
/** Longer headers are no gateway's word on five hops. */
const MOST_CHARACTERS = 1_000;

/** Reads the header; undefined without one, or when the wait for the cluster is not in it. */
export function readServerTiming(header: string | undefined): SaidTiming | undefined {
  if (header === undefined || header.length > MOST_CHARACTERS) return undefined;
  let ownMs = 0;
  let upstreamMs: number | undefined;
  for (const metric of header.split(',')) {
    const [name = '', ...parameters] = metric.split(';').map((part) => part.trim());
    const duration = parameters.find((p) => p.toLowerCase().startsWith('dur='))?.slice('dur='.length);
    const ms = Number(duration);
    if (duration === undefined || !(ms >= 0 && ms <= MOST_MS)) continue;
    if (name === UPSTREAM) upstreamMs = ms;
    else if (OWN.has(name)) ownMs += ms;
  }
  if (upstreamMs === undefined) return undefined;
  return { ownUs: Math.round(ownMs * 1000), upstreamUs: Math.round(upstreamMs * 1000) };
}
