import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { prepareTrino, startTrino, type TrinoSpec } from '../../src/fleet/clusters/trino-server.ts';
import type { TrinoInstall } from '../../src/fleet/install/trino-install.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rehearse-server-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const INSTALL: TrinoInstall = {
  version: '476',
  home: '/cache/476',
  java: { command: '/jdk/bin/java', home: '/jdk', major: 25 },
};

const prepare = (extra: Partial<TrinoSpec> = {}) =>
  prepareTrino(INSTALL, { name: 'blue', port: 8081, dir, catalogs: { tpch: {} }, ...extra });
const etc = (file: string) => readFileSync(join(dir, 'etc', file), 'utf8');

describe('a prepared server', () => {
  test('is a coordinator that works alone, on loopback, behind a gateway', () => {
    expect(prepare()).toMatchObject({
      name: 'blue',
      url: 'http://127.0.0.1:8081',
      port: 8081,
      command: '/jdk/bin/java',
    });
    expect(etc('config.properties').split('\n')).toEqual(
      expect.arrayContaining([
        'coordinator=true',
        'node-scheduler.include-coordinator=true',
        'http-server.http.port=8081',
        'http-server.process-forwarded=true',
        'discovery.uri=http://127.0.0.1:8081',
      ]),
    );
    expect(etc('node.properties')).toContain('node.bind-ip=127.0.0.1\n');
  });

  test('queries and headroom together fit into the heap', () => {
    prepare({ heap: '2GB' });
    const config = etc('config.properties');
    const megabytes = (key: string) => Number(new RegExp(`^${key}=(\\d+)MB$`, 'm').exec(config)?.[1]);
    expect(etc('jvm.config')).toContain('-Xmx2048m\n');
    expect(megabytes('query.max-memory-per-node') + megabytes('memory.heap-headroom-per-node')).toBeLessThan(
      2048,
    );
  });

  test('the spec’s own lines win', () => {
    prepare({ processForwarded: false, extraConfig: { 'query.min-expire-age': '1s' }, jvmFlags: ['-Xss1m'] });
    expect(etc('config.properties')).toContain('http-server.process-forwarded=false\n');
    expect(etc('config.properties').match(/^query\.min-expire-age=.*$/gm)).toEqual([
      'query.min-expire-age=1s',
    ]);
    expect(etc('jvm.config').trim().split('\n').at(-1)).toBe('-Xss1m');
  });

  test('catalogs: the connector is the catalog’s name unless said otherwise; values are escaped', () => {
    prepare({
      catalogs: {
        tpch: { 'tpch.splits-per-node': '2' },
        big: { 'connector.name': 'tpch', note: ' a\\b\nc' },
      },
    });
    expect(etc('catalog/tpch.properties')).toBe('connector.name=tpch\ntpch.splits-per-node=2\n');
    expect(etc('catalog/big.properties')).toBe('connector.name=tpch\nnote=\\ a\\\\b\\nc\n');
  });

  test('prepared again, the folder and the command line are the same', () => {
    expect(prepare()).toEqual(prepare());
  });

  test('a heap that is no size is refused', () => {
    expect(() => prepare({ heap: 'much' })).toThrow('heap of blue: expected a size such as 1100MB, got much');
  });
});

test('a port that somebody has is said so before anything is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(startTrino(prepare({ port }), { logFile: join(dir, 'log') })).rejects.toMatchObject({
    code: 'PORT_IN_USE',
  });
  server.close();
});

describe('waiting for /v1/info', () => {
  /** A server that answers /v1/info with these bodies in turn, the last one for ever. */
  async function answering(...bodies: readonly string[]) {
    let next = 0;
    const server = createServer((_, response) => {
      const body = bodies[Math.min(next++, bodies.length - 1)] ?? '';
      response.writeHead(body === '' ? 503 : 200).end(body);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
  }
  const info = (starting: boolean) =>
    JSON.stringify({ nodeVersion: { version: '476' }, environment: 'test', coordinator: true, starting });

  test('any answer, or the one that is asked for', async () => {
    const server = await answering('', info(true), info(true), info(false));
    expect(await waitForInfo(server.url, { timeoutMs: 10_000 })).toMatchObject({ starting: true });
    const ready = await waitForInfo(server.url, { timeoutMs: 10_000, until: (answer) => !answer.starting });
    expect(ready.starting).toBe(false);
    server.close();
  });

  test('in vain: what it said last', async () => {
    const server = await answering(info(true));
    const promise = waitForInfo(server.url, {
      timeoutMs: 300,
      name: 'blue',
      until: (answer) => !answer.starting,
    });
    await expect(promise).rejects.toMatchObject({
      code: 'CLUSTER_NOT_READY',
      message: expect.stringMatching(
        /^Cluster blue was not ready after \d.*: said last \{.*"starting":true\}$/,
      ),
    });
    server.close();
  });

  test('its process ends: at once, with the last error of its log', async () => {
    const logFile = join(dir, 'log');
    writeFileSync(
      logFile,
      'time\tINFO\tmain\tServer\tup\ntime\tERROR\tmain\tServer\tno such plugin\n\tat x\n',
    );
    const exited = Promise.resolve({ code: 100, signal: null });
    const server = await answering('');
    await expect(
      waitForInfo(server.url, { timeoutMs: 60_000, name: 'blue', exited, logFile }),
    ).rejects.toThrow(/its process ended with exit number 100: no such plugin$/);
    server.close();
  });

  test('aborted: the reason', async () => {
    const abort = new AbortController();
    const promise = waitForInfo('http://127.0.0.1:1', { timeoutMs: 60_000, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(promise).rejects.toThrow('enough');
  });
});
