/**
 * The floor: what HTTP alone costs on this machine, to a simulated coordinator and through the gateway to it, with nothing
 * of the statement protocol and nothing of our own client. A closed loop: autocannon's rate mode invents samples (it
 * back-fills "missed" ones), so its figures are of service time and say nothing of waiting.
 */
import autocannon from 'autocannon';
import { startGatewayProcess, startStubProcess } from './processes.ts';

const CONNECTIONS = 4;

export async function httpFloor(quick: boolean, signal: AbortSignal): Promise<void> {
  const stub = await startStubProcess();
  const gateway = await startGatewayProcess(stub.url);
  try {
    const rounds: Record<'direct' | 'gateway', { p50: number; p99: number }[]> = { direct: [], gateway: [] };
    // By turns, so that whatever else the machine does falls on both.
    for (let round = 0; round < (quick ? 2 : 6) && !signal.aborted; round++) {
      for (const way of round % 2 === 0 ? (['direct', 'gateway'] as const) : (['gateway', 'direct'] as const))
        rounds[way].push(await shoot(way === 'direct' ? stub.url : gateway.url, quick ? 1 : 3));
    }
    for (const way of ['direct', 'gateway'] as const) {
      const middle = (of: 'p50' | 'p99') =>
        rounds[way].map((r) => r[of]).sort((a, b) => a - b)[rounds[way].length >> 1];
      console.log(
        `HTTP floor, ${way.padEnd(7)}: p50 ${middle('p50')} ms, p99 ${middle('p99')} ms (GET /v1/info, ${CONNECTIONS} connections, closed loop)`,
      );
    }
  } finally {
    gateway.stop();
    stub.stop();
  }
}

async function shoot(url: string, seconds: number): Promise<{ p50: number; p99: number }> {
  const { latency, non2xx, errors } = await autocannon({
    url: `${url}/v1/info`,
    ...{ connections: CONNECTIONS, duration: seconds, ignoreCoordinatedOmission: true },
  });
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} answers other than 2xx, ${errors} errors`);
  return { p50: latency.p50, p99: latency.p99 };
}
