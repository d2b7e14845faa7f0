/** What the proxy works with, and the waiting that is common to its parts. */
import type { Clock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import type { Fleet } from '../backends/fleet.ts';
import type { Forwarding } from '../backends/info.ts';
import type { Capture } from '../capture/capture.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Line, Spot } from '../queue/line.ts';
import type { WaitingRoom } from '../queue/waiting-room.ts';
import type { Outgoing } from '../relay/exchange.ts';
import type { Fields } from '../relay/fields.ts';
import type { Framing } from '../relay/framing.ts';
import type { HeldBytes } from '../relay/held-bytes.ts';
import type { Pools } from '../relay/pools.ts';
import type { UpstreamRequest } from '../relay/upstream-connection.ts';
import type { RerunBudget } from '../rerun/budget.ts';
import type { KeptStatements } from '../rerun/kept.ts';
import type { ReadOnlyCheck } from '../rerun/read-only.ts';
import type { Lru } from '../routing/lru.ts';
import type { OpenQueries } from '../routing/open-queries.ts';
import type { Picker } from '../routing/picker.ts';
import type { Analyse } from '../routing/request.ts';
import type { Router } from '../routing/routers.ts';
import type { Sticky } from '../routing/sticky.ts';
import type { Store } from '../store/store.ts';
import type { Abandoned } from './abandoned.ts';
import { Caller } from './caller.ts';
import type { Counters } from './counters.ts';
import type { Handshakes } from './handshakes.ts';
import { type ClientSide, type RequestLines, requestLines } from './headers.ts';
import { toldPrefix } from './keyed.ts';
import { serverTimingLine } from './latency.ts';
import type { Submission } from './submission.ts';

/** What running statements again takes. */
export interface Reruns {
  readonly kept: KeptStatements<Submission>;
  readonly budget: RerunBudget;
  readonly readOnly: ReadOnlyCheck;
}

export interface ProxyContext {
  readonly config: GatewayConfig;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly sticky: Sticky;
  readonly routers: readonly Router[];
  /** Undefined where requests are not analysed. */
  readonly analyse: Analyse | undefined;
  readonly picker: Picker;
  readonly open: OpenQueries;
  readonly pools: Pools;
  /** Which cluster has a handshake, by what names it. */
  readonly handshakes: Handshakes;
  /** Which cluster gave a spooled segment, by the last part of its path. */
  readonly segments: Lru<string, string>;
  readonly abandoned: Abandoned;
  /** Statements held in memory. */
  readonly held: HeldBytes;
  /** Who waits for a place in which group. */
  readonly line: Line;
  /** Statements that wait with an id of the gateway's own. */
  readonly waitingRoom: WaitingRoom<Submission>;
  readonly reruns: Reruns;
  readonly counters: Counters;
  /** Undefined where statements are not captured. */
  readonly capture: Capture | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the gateway is being closed: nothing is held any more. */
  readonly isClosing: () => boolean;
}

/** Answers of this size or less come out whole or not at all, and so can be asked for again unnoticed. */
export const HOLD_BYTES = 64 * 1024;

/**
 * A client's request as a backend gets it, in the way it learns the clients' address. `body` is a whole one, or the
 * framing of the client's own that is passed on.
 */
export function requestFor(
  ctx: ProxyContext,
  { method, url }: Pick<Caller, 'method' | 'url'>,
  client: ClientSide,
  proxyTo: string,
  body: Buffer | Framing,
): UpstreamRequest {
  const mode = forwardingOf(ctx, proxyTo);
  const prefix = mode === 'forwarded' ? toldPrefix(ctx, proxyTo, url) : undefined;
  const made = { mode, prefix };
  const { host, lines } = client instanceof Caller ? ownLines(ctx, client, made) : linesOf(ctx, client, made);
  return { method, target: url, host, lines, body };
}

/** In which way a backend learns the clients' address. */
export function forwardingOf({ config, fleet }: ProxyContext, proxyTo: string): Forwarding {
  const known = fleet.at(proxyTo)?.seen.forwarding;
  return known ?? (config.routing.forwardedHeadersEnabled ? 'forwarded' : 'preserve-host');
}

/** What lines are made by, besides the client. */
interface LinesChoice {
  readonly mode: Forwarding;
  readonly prefix: string | undefined;
}

function linesOf(ctx: ProxyContext, client: ClientSide, { mode, prefix }: LinesChoice): RequestLines {
  const dropsEncoding = ctx.config.compat === 'strict';
  return requestLines(client, mode, { heedsOuter: heedsOuter(ctx), dropsEncoding, prefix });
}

/** Whether what an outer proxy says of the client counts. */
export function heedsOuter({ config }: ProxyContext): boolean {
  return config.listen.processForwarded !== 'ignore';
}

interface LinesMemo extends RequestLines, LinesChoice {
  readonly fields: Fields;
}

/** A client's own lines; made once for as long as its connection repeats the same head, as polls do. */
function ownLines(ctx: ProxyContext, caller: Caller, choice: LinesChoice): RequestLines {
  const { mode, prefix } = choice;
  const { connection } = caller.call;
  const memo = connection.memo as LinesMemo | undefined;
  if (memo !== undefined && memo.fields === caller.fields && memo.mode === mode && memo.prefix === prefix)
    return memo;
  const { host, lines } = linesOf(ctx, caller, choice);
  const made: LinesMemo = { fields: caller.fields, mode, prefix, host, lines };
  connection.memo = made;
  return made;
}

/** What an exchange is told so that its hops can be timed. */
export function timed(ctx: ProxyContext, { times }: Caller): Pick<Outgoing, 'times' | 'extraLines'> {
  const extraLines = ctx.config.proxy.serverTiming ? () => serverTimingLine(times) : undefined;
  return { times, extraLines };
}

/** The line that `proxy.serverTiming` adds to an answer. */
export function timingLine(ctx: ProxyContext, { times }: Caller): string {
  return ctx.config.proxy.serverTiming ? serverTimingLine(times) : '';
}

/** 502, 503, 504: something before the coordinator, or a coordinator going down, could not answer. */
export function isTransientStatus(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

/** What is held looks up at least so often, to notice that the gateway is being closed. */
const LONGEST_WAIT_MS = 500;

/** Waits until something about the backends changes, the client hangs up, or some of the time is up. */
export function waitForChange(ctx: ProxyContext, caller: Caller, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopListening();
      caller.call.onGone = undefined;
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_WAIT_MS));
    const stopListening = ctx.fleet.onChange(done);
    caller.call.onGone = done;
    if (caller.gone) done();
  });
}

/** Waits until it may be the spot's turn, the client hangs up, or some of the time is up. */
export function waitForTurn(caller: Caller, spot: Spot, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      spot.wake = undefined;
      caller.call.onGone = undefined;
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_WAIT_MS));
    spot.wake = done;
    caller.call.onGone = done;
    if (caller.gone) done();
  });
}

/** Waits a while, but no longer than the client stays. */
export function pause(caller: Caller, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      caller.call.onGone = undefined;
      resolve();
    };
    const timer = setTimeout(done, ms);
    caller.call.onGone = done;
    if (caller.gone) done();
  });
}
