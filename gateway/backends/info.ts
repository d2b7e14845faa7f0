/** GET /v1/info of a coordinator, and what it says. */
import { type Dispatcher, request } from 'undici';
import { errorText, systemCode } from '../../src/base/errors.ts';
import { parseDurationMs } from '../../src/base/units.ts';
import type { ServerInfo } from '../../src/trino/statement.ts';

/** How a backend learns the address clients use: by X-Forwarded-* headers, or by their own Host header. */
export type Forwarding = 'forwarded' | 'preserve-host';

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

/** Asks once, and once more when a kept connection turned out to be closed. Rejects only on abort. */
export async function readInfo(
  proxyTo: string,
  withForwarded: boolean,
  dispatcher: Dispatcher,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<InfoAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(proxyTo, withForwarded, dispatcher, timeoutMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (systemCode(error) === 'UND_ERR_SOCKET' && attempt === 1) continue;
      return { kind: 'unreachable', reason: unreachableText(error, timeoutMs) };
    }
  }
}

function unreachableText(error: unknown, timeoutMs: number): string {
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  return timedOut ? `no answer in ${timeoutMs} ms` : errorText(error);
}

async function ask(
  proxyTo: string,
  withForwarded: boolean,
  dispatcher: Dispatcher,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<InfoAnswer> {
  const response = await request(`${proxyTo}/v1/info`, {
    dispatcher,
    headers: withForwarded ? { 'x-forwarded-proto': 'http' } : {},
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  const text = await response.body.text();
  if (response.statusCode === 406 && withForwarded) return { kind: 'rejects-forwarded' };
  if (response.statusCode !== 200) return { kind: 'status', status: response.statusCode };
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
