// A result of 1 GB through the gateway as it is published: byte for byte, in bounded memory.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { seededRandom } from '../../src/base/random.ts';

const MB = 1024 * 1024;
const RESULT_BYTES = 1024 * MB;
const MOST_RESIDENT_BYTES = 150 * MB;
const BUILD = join(projectRoot, '.cache', 'build-for-memory');

const random = seededRandom(11, 'noise');
const noise = Buffer.from(Uint8Array.from({ length: MB }, () => random.below(256)));

/** A coordinator as far as the gateway asks, with one answer that is long. */
async function coordinator(): Promise<string> {
  const info = {
    nodeVersion: { version: '478' },
    coordinator: true,
    starting: false,
    coordinatorId: 'noisy',
  };
  const server = createServer((request, response) => {
    if (request.url === '/v1/info') response.end(JSON.stringify(info));
    else sendNoise(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Chunked, as a coordinator sends a result page. */
function sendNoise(response: ServerResponse): void {
  let left = RESULT_BYTES;
  const pump = () => {
    while (left > 0) {
      left -= noise.length;
      if (response.write(noise)) continue;
      response.once('drain', pump);
      return;
    }
    response.end();
  };
  pump();
}

async function started(proxyTo: string): Promise<{ readonly url: string; readonly gateway: ChildProcess }> {
  const folder = mkdtempSync(join(tmpdir(), 'memory-'));
  const file = join(folder, 'gateway.yaml');
  const config = {
    listen: { port: 0 },
    dataStore: { path: join(folder, 'gateway.db') },
    backends: [{ name: 'noisy', proxyTo }],
    health: { probe: 'info' },
    log: { level: 'warn' },
  };
  writeFileSync(file, JSON.stringify(config));
  const gateway = spawn(process.execPath, [join(BUILD, 'gateway', 'main.js'), '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    gateway.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  for await (const line of createInterface({ input: gateway.stdout }))
    return { url: JSON.parse(line).url, gateway };
  throw new Error('the gateway did not start');
}

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

test.runIf(process.platform === 'linux')(
  'a result of 1 GB passes byte for byte with less than 150 MB resident',
  async () => {
    const built = spawnSync(process.execPath, ['scripts/build.ts', '--out', BUILD], { cwd: projectRoot });
    expect(built.status).toBe(0);
    const { gateway, url } = await started(await coordinator());
    const state = async () => {
      const answer = await fetch(`${url}/api/public/backends/noisy/state`);
      return ((await answer.json()) as { trinoStatus?: string }).trinoStatus;
    };
    await expect.poll(state, { timeout: 30_000 }).toBe('HEALTHY');

    const got = createHash('sha256');
    let bytes = 0;
    let peak = 0;
    await new Promise<void>((resolve, reject) => {
      get(`${url}/v1/spooled/download/x`, (response) => {
        response.on('data', (part: Buffer) => {
          got.update(part);
          bytes += part.length;
          peak = Math.max(peak, residentBytes(gateway.pid as number));
        });
        response.on('end', resolve).on('error', reject);
      }).on('error', reject);
    });
    const sent = createHash('sha256');
    for (let at = 0; at < RESULT_BYTES; at += noise.length) sent.update(noise);
    expect(bytes).toBe(RESULT_BYTES);
    expect(got.digest('hex')).toBe(sent.digest('hex'));
    expect(peak).toBeLessThan(MOST_RESIDENT_BYTES);
    console.log(`at most ${Math.round(peak / MB)} MB resident`);
  },
  120_000,
);
