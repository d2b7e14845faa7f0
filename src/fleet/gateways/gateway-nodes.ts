/** The processes of the bundled gateway: one, or several on one store behind a balancer. */
import { request } from 'undici';
import { type Clock, pollUntil, systemClock } from '../../base/clock.ts';
import { failure } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import type { Child } from '../processes/child.ts';

export interface GatewayNode {
  readonly name: string;
  readonly url: string;
  readonly isUp: () => boolean;
}

/** Told to the record as it happens. */
export type NodeEvent = (
  type: 'gateway-node-up' | 'gateway-node-stopped' | 'gateway-node-killed' | 'gateway-lost',
  text: string,
  action?: number,
) => void;

export interface GatewayNodes {
  readonly nodes: readonly GatewayNode[];
  /** SIGTERM: it takes no new connection, ends what it has, and goes. */
  stop(name: string, action?: number): Promise<void>;
  /** kill -9. */
  kill(name: string, action?: number): Promise<void>;
  /** Again, on the same port; resolves when it answers. `aheadMs`: with a wall clock that is so much ahead. */
  start(name: string, action?: number, aheadMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface NodeSpec {
  readonly name: string;
  readonly url: string;
  readonly launch: (clockAheadMs: number) => Promise<Child>;
}

const STOP_GRACE_MS = 5_000;
const CLOSE_GRACE_MS = 3_000;
const READY_LIMIT_MS = 60_000;
const POLL_MS = 50;
const ANSWER_LIMIT_MS = 5_000;

/** Launches all nodes; `listen` hears of what happens to them from then on. */
export async function startNodes(
  specs: readonly NodeSpec[],
  listen: NodeEvent,
  clock: Clock = systemClock,
): Promise<GatewayNodes> {
  const nodes = new RunningNodes(specs, listen, clock);
  await nodes.launchAll();
  return nodes;
}

class RunningNodes implements GatewayNodes {
  readonly nodes: readonly GatewayNode[];
  readonly #specs: readonly NodeSpec[];
  readonly #listen: NodeEvent;
  readonly #clock: Clock;
  readonly #running = new Map<string, Child>();
  /** Those whose end is our own doing. */
  readonly #ending = new Set<Child>();

  constructor(specs: readonly NodeSpec[], listen: NodeEvent, clock: Clock) {
    this.#specs = specs;
    this.#listen = listen;
    this.#clock = clock;
    this.nodes = specs.map(({ name, url }) => ({ name, url, isUp: () => this.#running.has(name) }));
  }

  async launchAll(): Promise<void> {
    const launched = await Promise.allSettled(this.#specs.map((spec) => this.#launch(spec, 0)));
    const failed = launched.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    await this.close();
    throw failed.reason;
  }

  async #launch(spec: NodeSpec, aheadMs: number): Promise<void> {
    const child = await spec.launch(aheadMs);
    this.#running.set(spec.name, child);
    void child.exited.then(({ code, signal }) => {
      if (this.#running.get(spec.name) === child) this.#running.delete(spec.name);
      if (!this.#ending.has(child))
        this.#listen('gateway-lost', `${spec.name} ended by itself (${signal ?? `exit ${code}`})`);
    });
  }

  #spec(name: string): NodeSpec {
    const found = this.#specs.find((spec) => spec.name === name);
    if (found === undefined) throw failure('USAGE', { detail: `there is no gateway node ${name}` });
    return found;
  }

  async stop(name: string, action?: number): Promise<void> {
    await this.#end(name, (child) => child.stop(STOP_GRACE_MS));
    this.#listen('gateway-node-stopped', `${name} has stopped`, action);
  }

  async kill(name: string, action?: number): Promise<void> {
    await this.#end(name, async (child) => {
      child.kill('SIGKILL');
      this.#listen('gateway-node-killed', `${name}: SIGKILL sent to process ${child.pid}`, action);
    });
  }

  async #end(name: string, how: (child: Child) => Promise<void>): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined) return;
    this.#ending.add(child);
    await how(child);
    await child.exited;
    if (this.#running.get(name) === child) this.#running.delete(name);
  }

  async start(name: string, action?: number, aheadMs = 0): Promise<void> {
    const spec = this.#spec(name);
    if (this.#running.has(name)) return;
    await this.#launch(spec, aheadMs);
    await this.#untilServing(spec);
    this.#listen(
      'gateway-node-up',
      `${name} is back${aheadMs === 0 ? '' : `, its clock ${formatMs(aheadMs)} ahead`}`,
      action,
    );
  }

  /** Up is not enough: a node that has not seen its clusters yet would make statements wait. */
  async #untilServing({ name, url }: NodeSpec): Promise<void> {
    const wait = { everyMs: POLL_MS, timeoutMs: READY_LIMIT_MS };
    const serving = await pollUntil(this.#clock, wait, async () => ((await isReady(url)) ? true : undefined));
    if (serving === undefined)
      throw failure('CLUSTER_NOT_READY', {
        cluster: name,
        waited: formatMs(READY_LIMIT_MS),
        reason: 'its first round of health checks has not ended',
      });
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#running.keys()].map((name) => this.#end(name, (child) => child.stop(CLOSE_GRACE_MS))),
    );
  }
}

/** The Java gateway's path, which the bundled one has too. */
async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await request(`${url}/trino-gateway/readyz`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}
