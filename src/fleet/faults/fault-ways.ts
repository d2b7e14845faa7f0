/** The proxies between the gateway and what it talks to, where a scenario breaks connections or has several nodes. */
import { join } from 'node:path';
import { request } from 'undici';
import { writeJson } from '../../base/files.ts';
import type { FleetContext } from '../clusters/cluster.ts';
import { startNodeProcess } from '../processes/node-process.ts';
import type { WayFault } from './ways/fault.ts';

export interface WaySpec {
  readonly name: string;
  /** `http://HOST:PORT` of each target. */
  readonly targets: readonly string[];
}

export interface FaultWays {
  /** `http://127.0.0.1:PORT` of the proxy of this name; undefined where there is none. */
  urlOf(name: string): string | undefined;
  set(name: string, fault: WayFault): Promise<void>;
  close(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const STOP_GRACE_MS = 1_000;
const CONTROL_TIMEOUT_MS = 5_000;

/** Starts one process for all ways. */
export async function startWays(specs: readonly WaySpec[], context: FleetContext): Promise<FaultWays> {
  const configFile = join(context.dir, 'ways.json');
  const ways = specs.map(({ name, targets }) => ({ name, targets: targets.map(targetOf) }));
  writeJson(configFile, { seed: context.seed, ways });
  const child = await startNodeProcess({
    name: 'proxies',
    module: 'src/fleet/faults/ways/main',
    args: ['--config', configFile],
    logFile: join(context.dir, 'logs', 'proxies.log'),
    minder: context.minder,
    readyTimeoutMs: START_LIMIT_MS,
    signal: context.signal,
  });
  const { control, ports } = JSON.parse(child.ready) as { control: number; ports: Record<string, number> };
  return {
    urlOf: (name) => (ports[name] === undefined ? undefined : `http://127.0.0.1:${ports[name]}`),
    async set(name, fault) {
      const answer = await request(`http://127.0.0.1:${control}/${encodeURIComponent(name)}`, {
        method: 'POST',
        body: JSON.stringify(fault),
        signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 204)
        throw new Error(`the proxy of ${name} answered ${answer.statusCode} ${text}`);
    },
    close: () => child.stop(STOP_GRACE_MS),
  };
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}
