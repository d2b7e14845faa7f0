// Two simulated clusters that shell commands start and stop, a gateway before them, and clients: what a scheduler's roll meets.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { entryPoint } from '../../src/base/project.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { temporaryFolder } from '../cli/harness.ts';
import { gateway } from '../gateway/helpers.ts';
import { newClient } from '../real/gateway-nodes.ts';

export const STARTUP = { closedMs: 20, silentMs: 10, startingMs: 50, gapMs: 50, coldScanMs: 5 };

export async function productionStage() {
  const dir = temporaryFolder();
  const names = ['blue', 'green'] as const;
  const clusters = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await commandCluster(dir, name)] as const)),
  );
  const run = (line: string) =>
    new Promise<void>((resolve) =>
      spawn('sh', ['-c', line], { stdio: 'ignore' }).on('close', () => resolve()),
    );
  await run(String(clusters.blue?.start));
  const gw = await gateway({
    backends: names.map((name) => ({
      name,
      proxyTo: String(clusters[name]?.url),
      routingGroup: 'bi',
      active: name === 'blue',
    })),
    routing: { defaultRoutingGroup: 'bi', emptyGroup: 'hold', holdFor: '30s' },
    monitor: { taskDelay: '100ms' },
  });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const config = join(dir, 'roll.yaml');
  const write = (more: object = {}) =>
    writeFileSync(
      config,
      stringify({ gateway: { url: gw.url }, group: 'bi', clusters, state: join(dir, 'rolls'), ...more }),
    );
  write();
  return {
    ...{ dir, gw, config, write, clusters },
    stateFile: join(dir, 'rolls', 'bi', 'state.json'),
    roll: (...flags: string[]) => startRoll(['--config', config, ...flags]),
    isUp: (name: (typeof names)[number]) => {
      const pid = Number(readFileSync(join(dir, `${name}.pid`), 'utf8'));
      return existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
    },
    async close() {
      for (const name of names) await run(String(clusters[name]?.stop));
    },
  };
}

async function commandCluster(dir: string, name: string) {
  const port = await claimPort(0, name);
  const file = join(dir, `${name}.json`);
  writeFileSync(file, JSON.stringify({ port, service: { kind: 'constant', ms: 150 }, startup: STARTUP }));
  const pid = join(dir, `${name}.pid`);
  const main = entryPoint('src/stub/main');
  const log = join(dir, `${name}.log`);
  return {
    url: `http://127.0.0.1:${port}`,
    start: `setsid ${process.execPath} ${main} --config ${file} >>${log} 2>&1 </dev/null & echo $! >${pid}`,
    stop: `test -f ${pid} && kill $(cat ${pid}); rm -f ${pid}.gone; true`,
  };
}

/** `rehearse roll` itself, without its launcher, so that SIGKILL hits the one that works. */
export function startRoll(flags: readonly string[]) {
  const child = spawn(process.execPath, [entryPoint('src/cli/main'), 'roll', ...flags], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, out, err })),
  );
  return {
    child,
    ended,
    until: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!err.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        void ended.then(() => reject(new Error(`ended without "${text}":\n${err}\n${out}`)));
        look();
      }),
  };
}

/** Clients that go on until they are told to stop; answers all samples. */
export function clients(url: string, count: number): { stop(): Promise<readonly Sample[]> } {
  const client = newClient(url, 'trino-python', count);
  const samples: Sample[] = [];
  let going = true;
  const workers = Array.from({ length: count }, async (_, i) => {
    for (let n = 0; going; n++)
      samples.push(await client.run(`SELECT name FROM tpch.tiny.nation WHERE nationkey = ${(i + n) % 25}`));
  });
  return {
    async stop() {
      going = false;
      await Promise.all(workers);
      await client.close();
      return samples;
    },
  };
}
