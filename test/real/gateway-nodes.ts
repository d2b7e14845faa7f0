/** Several gateway processes on one database, and a client that replays statements through them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayConfigInput } from '../../gateway/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { entryPoint } from '../../src/base/project.ts';
import { seededRandom } from '../../src/base/random.ts';
import { type Child, startChild } from '../../src/fleet/processes/child.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import type { PlannedQuery } from '../../src/plan/plan.ts';
import { CLIENT_PROFILES, type ClientName } from '../../src/replay/client-profile.ts';
import { runStatement } from '../../src/replay/statement.ts';
import { createWire } from '../../src/replay/wire.ts';

export interface GatewayNode {
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Again, on the same port. */
  start(): Promise<void>;
}

export interface GatewayNodes {
  readonly nodes: readonly [GatewayNode, GatewayNode];
  stop(): Promise<void>;
}

/** `ofB` is laid over the configuration of the second node. */
export async function startNodes(
  config: GatewayConfigInput,
  ofB: GatewayConfigInput = {},
): Promise<GatewayNodes> {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-nodes-'));
  const nodes = [await newNode(dir, 'a', config), await newNode(dir, 'b', { ...config, ...ofB })] as const;
  // Both at once: they find the same empty database.
  await Promise.all(nodes.map((node) => node.start()));
  return {
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function newNode(dir: string, name: string, config: GatewayConfigInput): Promise<GatewayNode> {
  const port = await claimPort(0, `gateway ${name}`);
  const file = join(dir, `${name}.json`);
  const logFile = join(dir, `${name}.log`);
  writeFileSync(file, JSON.stringify({ ...config, listen: { host: '127.0.0.1', port } }));
  let child: Child | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logFile,
    kill: async () => {
      child?.kill('SIGKILL');
      await child?.exited;
    },
    start: async () => {
      child = await startChild({
        name: `gateway ${name}`,
        command: process.execPath,
        args: [entryPoint('gateway/main'), '--config', file, '--exit-with-stdin'],
        logFile,
        readyLine: (line) => (line.includes('"listening"') ? true : undefined),
        readyTimeoutMs: 60_000,
      });
    },
  };
}

export interface Client {
  /** Runs a statement to its end; whatever happens is in the sample. */
  run(sql: string, headers?: Readonly<Record<string, string>>): Promise<Sample>;
  close(): Promise<void>;
}

/** Statements by the rules of a real client; its requests share `connections`, so polls go any way. */
export function newClient(url: string, name: ClientName, connections: number): Client {
  const clock = systemClock;
  const wire = createWire({ clock, connections, mayContact: (to) => to.hostname === '127.0.0.1' });
  let seq = 0;
  return {
    run: (sql, headers = {}) =>
      runStatement(planned(seq++, sql, headers), 0, 0, {
        clock,
        originMs: clock.nowMs(),
        wire,
        profile: CLIENT_PROFILES[name],
        random: seededRandom(seq, 'client'),
        url,
        target: '',
        traceToken: `t${seq}`,
        queryTimeoutMs: 60_000,
        signal: new AbortController().signal,
      }),
    close: () => wire.close(),
  };
}

function planned(seq: number, sql: string, headers: Readonly<Record<string, string>>): PlannedQuery {
  return {
    seq,
    arm: 'gateway',
    pair: -1,
    gatewayFirst: true,
    order: ['gateway'],
    intendedMs: 0,
    sessionNumber: 0,
    session: 'alice',
    sql,
    headers: { 'x-trino-user': 'alice', ...headers },
    user: 'alice',
    source: '',
    kind: 'select',
    fingerprint: '',
    statement: '',
    expectedGroup: '',
    expectedBecause: '',
    origin: '',
  };
}
