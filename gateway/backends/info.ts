/** GET /v1/info of a coordinator, and what it says. */
import { errorText } from '../../src/base/errors.ts';
import { parseDurationMs } from '../../src/base/units.ts';
import type { ServerInfo } from '../../src/trino/statement.ts';
import type { Pools } from '../relay/pools.ts';
import { askBackend } from '../relay/question.ts';

/**
 * How a backend learns the address clients use: by X-Forwarded-* headers, by their own Host header, or not at all, when the
 * URIs of its answers are rewritten.
 */
export type Forwarding = 'forwarded' | 'preserve-host' | 'rewrite';

/** Asked for by nobody: whoever answers for it answers for every host. */
export const FOREIGN_HOST = 'gateway.invalid';

export type InfoAnswer =
  | {
      readonly kind: 'info';
      readonly coordinator: boolean;
      readonly starting: boolean;
      /** Named from release 478 on. */
      readonly coordinatorId: string | undefined;
      readonly uptimeMs: number | undefined;
    }
  /** 200, but not the JSON of a coordinator. */
  | { readonly kind: 'unclear' }
  /** 406: X-Forwarded-* headers are not accepted (http-server.process-forwarded is unset). */
  | { readonly kind: 'rejects-forwarded' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Rejects only on abort. */
export async function readInfo(
  proxyTo: string,
  withForwarded: boolean,
  pools: Pools,
  timeoutMs: number,
  signal: AbortSignal,
  host?: string,
): Promise<InfoAnswer> {
  try {
    return await ask(proxyTo, withForwarded, pools, timeoutMs, signal, host);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unreachable', reason: unreachableText(error, timeoutMs) };
  }
}

function unreachableText(error: unknown, timeoutMs: number): string {
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  return timedOut ? `no answer in ${timeoutMs} ms` : errorText(error);
}

async function ask(
  proxyTo: string,
  withForwarded: boolean,
  pools: Pools,
  timeoutMs: number,
  signal: AbortSignal,
  host: string | undefined,
): Promise<InfoAnswer> {
  const { status, text } = await askBackend(pools, proxyTo, '/v1/info', {
    ...(host === undefined ? {} : { host }),
    headers: withForwarded ? { 'x-forwarded-proto': 'http' } : {},
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (status === 406 && withForwarded) return { kind: 'rejects-forwarded' };
  if (status !== 200) return { kind: 'status', status };
  return understand(text);
}

function understand(text: string): InfoAnswer {
  let info: Partial<ServerInfo> | null;
  try {
    info = JSON.parse(text) as Partial<ServerInfo> | null;
  } catch {
    return { kind: 'unclear' };
  }
  if (typeof info?.starting !== 'boolean') return { kind: 'unclear' };
  return {
    kind: 'info',
    coordinator: info.coordinator === true,
    starting: info.starting,
    coordinatorId: info.coordinatorId,
    uptimeMs: info.uptime === undefined ? undefined : parseDurationMs(info.uptime),
  };
}
