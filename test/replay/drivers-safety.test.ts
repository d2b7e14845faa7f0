// What holds for whatever sends the statements: hosts, secrets, connections, certificates; and the stamps of the official client.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { context, create, NAMES, play, SECRET } from './driver-play.ts';
import { breaksOff, cut, oneQuery, page, redirect, type Step, status } from './scripted.ts';

/** A host that the run may not contact: whoever reaches it is counted. */
async function forbidden(): Promise<{ readonly url: string; readonly reached: () => number }> {
  let reached = 0;
  const server = createServer((_, res) => res.end('{}'));
  server.on('connection', () => reached++);
  return { url: await listen(server), reached: () => reached };
}

async function listen(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('safety', () => {
  test.each(NAMES)('%s: a foreign nextUri or redirect is not followed', async (name) => {
    const { url, reached } = await forbidden();
    for (const steps of [
      [page({ nextUri: `${url}/v1/x` })],
      [page({}), page({ nextUri: `${url}/v1/x` })],
      [redirect(`${url}/v1/statement`)],
      [page({}), redirect(`${url}/v1/x`)],
    ]) {
      const { sample, seen } = await play(name, steps, { credentials: { authorization: SECRET } });
      expect(sample.end).toBe('transport-error');
      expect(sample.detail).toBe(`host-not-allowed: the answer leads to ${new URL(url).host}`);
      expect(seen.length).toBeGreaterThan(0);
    }
    expect(reached()).toBe(0);
  });

  test.each(NAMES)('%s: addresses that are none', async (name) => {
    for (const nextUri of [
      'data:text/plain,{"id":"x"}',
      'ftp://127.0.0.1/x',
      'http://[',
      'file:///etc/passwd',
    ]) {
      const { sample } = await play(name, [page({ nextUri }), status(404)]);
      expect(sample.end).not.toBe('finished');
    }
  });

  test.each(NAMES)('%s: credentials are not sent in clear to another machine', async (name) => {
    const driver = create(name);
    const away = context('http://10.0.0.1:1', { credentials: { authorization: SECRET } });
    const sample = await driver.run(oneQuery(), 0, 0, away);
    expect(sample).toMatchObject({ end: 'transport-error', stage: 'submit' });
    expect(sample.detail).toMatch(/^credentials-in-clear: /);
  });

  test.each(NAMES)('%s: no failure tells what proves who we are', async (name) => {
    const credentials = { authorization: SECRET };
    const failing = [
      [cut],
      [status(401, 'no')],
      [page({}), cut],
      [page({}), breaksOff],
      [redirect('http://['), cut],
    ];
    for (const steps of failing) {
      const { sample } = await play(name, steps as Step[], { credentials });
      expect(sample.end).not.toBe('finished');
      expect(JSON.stringify(sample)).not.toMatch(/s3cr3t|next/);
    }
    const broken = await play(name, [page({}, false)], { credentials: { authorization: `${SECRET}\n` } });
    expect(broken.sample).toMatchObject({ end: 'transport-error', stage: 'submit' });
    expect(JSON.stringify(broken.sample)).not.toContain('s3cr3t');
  });
});

describe('connections', () => {
  test.each(NAMES)('%s: bounded, kept, and the wait for one is nobody’s latency', async (name) => {
    const sockets = new Set<unknown>();
    const waiting: (() => void)[] = [];
    const server = createServer((req, res) => {
      sockets.add(req.socket);
      req.resume().on('end', () => {
        const answer = () => page({}, false)(req, res, '');
        // The first is answered once the second was asked for.
        if (waiting.push(answer) > 1) answer();
      });
    });
    const base = await listen(server);
    const driver = create(name, { connections: 1 });
    const shared = context(base);
    const first = driver.run(oneQuery(), 0, 0, shared);
    await expect.poll(() => waiting.length).toBe(1);
    const second = driver.run(oneQuery(), 0, 0, shared);
    // Only when the second stands in line may the first come back.
    await new Promise((resolve) => setImmediate(resolve));
    waiting[0]?.();
    const [a, b] = await Promise.all([first, second]);
    expect([a.end, b.end]).toEqual(['finished', 'finished']);
    expect(b.sentUs).toBeGreaterThanOrEqual(a.submittedUs);
    expect(sockets.size).toBe(1);
  });

  test('the stamps of the official client are in order, and what it cannot know is not made up', async () => {
    const steps = [page({}), page({}), page({ data: [[1]] }), page({}, false)];
    const { sample } = await play('trino-client', steps);
    const { sentUs, submittedUs, firstPollUs, firstRowUs, lastUs } = sample;
    const stamps = [0, sentUs, submittedUs, firstPollUs, firstRowUs, lastUs];
    expect(stamps).toEqual(stamps.toSorted((x, y) => x - y));
    expect(sample).toMatchObject({
      ...{ fastestPollUs: -1, pollsUs: 0, submitOwnUs: -1, submitUpstreamUs: -1, pollsUpstreamUs: -1 },
      ...{ bytes: 0, retries: 0, retryUs: 0, enoughRows: -1 },
    });
  });
});

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('TLS', () => {
  test.each(NAMES)(
    '%s: by the authority and the certificate that are named, and not otherwise',
    async (name) => {
      const dir = mkdtempSync(join(tmpdir(), 'drivers-'));
      onTestFinished(() => rmSync(dir, { recursive: true }));
      const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
      const made = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=gateway.test',
      ];
      const out = ['-addext', 'subjectAltName=DNS:gateway.test', '-keyout', keyFile, '-out', certFile];
      execFileSync('openssl', [...made, ...out], { stdio: 'pipe' });
      const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(certFile, 'utf8')];
      const peers: string[] = [];
      const server = createTlsServer(
        { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true },
        (req, res) => {
          peers.push(String(req.headers.authorization));
          page({}, false)(req, res, '');
        },
      );
      const base = await listen(server, 'https');
      const asked = context(base, { credentials: { authorization: SECRET } });
      const known = { ca: cert, cert, key, servername: 'gateway.test' };
      expect(await create(name, { tls: known }).run(oneQuery(), 0, 0, asked)).toMatchObject({
        end: 'finished',
      });
      for (const tls of [{}, { ca: cert, servername: 'gateway.test' }, { ca: cert, cert, key }]) {
        const { end, detail } = await create(name, { tls }).run(oneQuery(), 0, 0, asked);
        expect([end, /s3cr3t/.test(detail)]).toEqual(['transport-error', false]);
      }
      expect(peers).toEqual([SECRET]);
    },
  );
});
