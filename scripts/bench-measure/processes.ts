/** A simulated coordinator that answers at once, and the bundled gateway before it, as processes of their own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { entryPoint } from '../../src/base/project.ts';
import { ready } from '../bench-gateway/processes.ts';

export interface Started {
  readonly url: string;
  stop(): void;
}

async function listening(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return url;
  }
  throw new Error('it ended before it listened');
}

export async function startStubProcess(): Promise<Started> {
  const startup = { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 };
  const child = spawn(process.execPath, [entryPoint('src/stub/main'), '--config', '-']);
  child.stdin.write(`${JSON.stringify({ startup, service: { kind: 'constant', ms: 0 } })}\n`);
  return { url: await listening(child), stop: () => child.kill() };
}

export async function startGatewayProcess(upstream: string): Promise<Started> {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-floor-'));
  const config = join(dir, 'gateway.yaml');
  const text = {
    listen: { port: 0 },
    dataStore: { path: join(dir, 'gateway.db') },
    backends: [{ name: 'upstream', proxyTo: upstream }],
    health: { probe: 'info' },
  };
  writeFileSync(config, JSON.stringify(text));
  const child = spawn(process.execPath, [entryPoint('gateway/main'), '--config', config]);
  child.stderr.resume();
  const url = await listening(child);
  await ready(url);
  return {
    url,
    stop() {
      child.once('exit', () => rmSync(dir, { recursive: true, force: true }));
      child.kill();
    },
  };
}
