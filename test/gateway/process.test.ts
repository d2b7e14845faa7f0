import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { entryPoint } from '../../src/base/project.ts';
import { start as startCommand } from '../cli/harness.ts';
import { call, fake, post } from './helpers.ts';

interface Child {
  readonly process: ChildProcess;
  /** The first line of stdout, or what came before the end. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function start(config: object | string, ...args: string[]): Child {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  const child = spawn(process.execPath, [entryPoint('gateway/main'), '--config', file, ...args], {
    stdio: 'pipe',
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve(stdout.split('\n')[0] ?? '');
    });
    child.on('close', () => resolve(stdout));
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stderr }));
  });
  return { process: child, firstLine, ended };
}

async function listening(child: Child): Promise<string> {
  const line = JSON.parse(await child.firstLine) as { event: string; url: string };
  expect(line.event).toBe('listening');
  return line.url;
}

function logOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('it says where it listens, and SIGTERM lets a request under way end', async () => {
  const blue = await fake();
  blue.hook = (request, response) => {
    if (request.url !== '/v1/info/slow') return false;
    setTimeout(() => response.end('slow but whole'), 300);
    return true;
  };
  const child = start({
    listen: { port: 0 },
    backends: [{ name: 'blue', proxyTo: blue.url }],
    monitor: { taskDelay: '50ms' },
  });
  const url = await listening(child);
  await expect
    .poll(async () => (await call(`${url}/api/public/backends/blue/state`)).text())
    .toContain('HEALTHY');
  await post(url, 'SELECT 1');
  const slow = call(`${url}/v1/info/slow`);
  await expect.poll(() => blue.received.some((r) => r.url === '/v1/info/slow')).toBe(true);
  child.process.kill('SIGTERM');
  expect((await slow).text()).toBe('slow but whole');
  const { code, stderr } = await child.ended;
  expect(code).toBe(0);
  const [stopping, stopped] = logOf(stderr).slice(-2);
  expect(stopping).toMatchObject({
    msg: expect.stringMatching(/^stopping: /),
    why: 'SIGTERM',
    openQueries: 1,
    queued: 0,
    requests: 1,
  });
  expect(stopped).toMatchObject({ level: 30, msg: 'stopped', tookMs: expect.any(Number) });
});

test('rehearse gateway reads its configuration again on SIGHUP, and on SIGINT says that it stops, and why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, JSON.stringify({ listen: { port: 0 }, reload: { watch: false } }));
  const { child, ended, until } = startCommand(['gateway', '--config', file]);
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  await until('gateway listening on');
  child.kill('SIGHUP');
  await until('configuration and rules read again');
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect(code).toBe(0);
  const lines = logOf(err).filter(({ msg }) => /^stop/.test(String(msg)));
  expect(lines).toMatchObject([{ why: 'SIGINT', requests: 0 }, { msg: 'stopped' }]);
});

test('with --exit-with-stdin it ends when its stdin is closed', async () => {
  const child = start({ listen: { port: 0 } }, '--exit-with-stdin');
  await listening(child);
  child.process.stdin?.end();
  const { code, stderr } = await child.ended;
  expect(code).toBe(0);
  expect(logOf(stderr).map(({ why }) => why)).toContain('stdin was closed');
});

test('what is wrong with the configuration is on stderr, and the exit number is 2', async () => {
  const { code, stderr } = await start('listen: { prot: 1 }\n').ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /1 problem in .*gateway\.yaml\n {2}.*gateway\.yaml:1:11: unknown key "prot"; did you mean "port"\?/,
  );
});

test('a port in use is exit number 3, with a hint', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void holder.close());
  const { port } = holder.address() as { port: number };
  const { code, stderr } = await start({ listen: { port } }).ended;
  expect(code).toBe(3);
  expect(stderr).toContain(
    `Port ${port} on 127.0.0.1 is already in use; it is needed for the gateway\nStop what listens there`,
  );
});

test('SIGHUP reads the configuration again', async () => {
  const child = start({ listen: { port: 0 }, reload: { watch: false } });
  const url = await listening(child);
  child.process.kill('SIGHUP');
  const last = async () => {
    const { reloads } = (await call(`${url}/rehearse/v1/status`)).json() as { reloads: { last: unknown } };
    return reloads.last;
  };
  await expect.poll(last, { timeout: 5_000 }).toMatchObject({ trigger: 'signal', ok: true });
});
