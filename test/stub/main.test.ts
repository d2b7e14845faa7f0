import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { entryPoint } from '../../src/base/project.ts';
import { get, post, ready, toExecuting } from './wire.ts';

const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function launch(config: object, ...flags: string[]) {
  const child = spawn(process.execPath, [entryPoint('src/stub/main'), '--config', '-', ...flags]);
  children.push(child);
  child.stdin.write(`${JSON.stringify(config)}\n`);
  return child;
}

async function listening(child: ChildProcessWithoutNullStreams) {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as { event: string; url: string; suffix: string };
}

async function exit(child: ChildProcessWithoutNullStreams) {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}

describe('the stub as a process', () => {
  it('says where it listens, and ends with its standard input when asked to', async () => {
    const child = launch({ startup: ready }, '--exit-with-stdin');
    const said = await listening(child);
    expect(said).toEqual({
      event: 'listening',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      suffix: expect.stringMatching(/^[a-z2-9]{5}$/),
    });
    expect((await get(`${said.url}/v1/info`)).status).toBe(200);
    const ended = exit(child);
    child.stdin.end();
    expect(await ended).toBe(0);
  });

  it('opens its port only after the closed phase, counted from process start', async () => {
    const from = performance.now();
    const child = launch({ startup: { ...ready, closedMs: 1_200 } });
    await listening(child);
    expect(performance.now() - from).toBeGreaterThan(1_150);
  });

  it('at SIGTERM cuts its connections at once and exits a moment later', async () => {
    const child = launch({ startup: ready, service: { kind: 'constant', ms: 60_000 } });
    const { url } = await listening(child);
    const columns = await get((await toExecuting(await post({ url }, 'SELECT 1'))).nextUri!);
    const waiting = get((JSON.parse(columns.text) as { nextUri: string }).nextUri).then(
      () => 'answered',
      (error: NodeJS.ErrnoException) => error.code,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = exit(child);
    child.kill('SIGTERM');
    expect(await waiting).toBe('ECONNRESET');
    expect(child.exitCode).toBeNull();
    expect(await ended).toBe(0);
  });

  it('says that its port is taken with exit number 3', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const child = launch({ port, startup: ready });
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await exit(child)).toBe(3);
    expect(Buffer.concat(said).toString()).toContain(`Port ${port} on 127.0.0.1 is already in use`);
    other.close();
  });

  it('refuses a configuration with mistakes, naming them, with exit number 2', async () => {
    const child = launch({ maxRuning: 3 });
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    expect(await exit(child)).toBe(2);
    expect(Buffer.concat(said).toString()).toContain(
      'standard input:1:2: unknown key "maxRuning"; did you mean "maxRunning"?',
    );
  });
});
