// The ports that clients come in at, and what they may say of themselves.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewaySchema, startGateway } from '../../gateway/index.ts';
import { silentLog } from '../../src/base/log.ts';
import { call, fake, gateway, post } from './helpers.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('TLS', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'rehearse-tls-'));
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const out = ['-keyout', key, '-out', cert, '-days', '2'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    execFileSync('openssl', [...made, ...subject, ...out], { stdio: 'pipe' });
    execFileSync('sh', ['-c', `cat ${key} ${cert} > ${join(dir, 'both.pem')}`]);
    const p12 = [
      'pkcs12',
      '-export',
      '-inkey',
      key,
      '-in',
      cert,
      '-passout',
      'pass:open',
      '-out',
      join(dir, 'both.p12'),
    ];
    execFileSync('openssl', p12, { stdio: 'pipe' });
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function secure(listen: object) {
    const blue = await fake();
    const backends = [{ name: 'blue', proxyTo: blue.url }];
    const config = gatewaySchema.parse({ listen, backends, monitor: { taskDelay: '50ms' } });
    const gw = await startGateway(config, { log: silentLog });
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    return {
      blue,
      gw,
      ask: (path: string, options: object = {}) => request(`${gw.url}${path}`, { dispatcher, ...options }),
      async end() {
        await dispatcher.destroy();
        await gw.close();
      },
    };
  }

  test.each([
    ['PEM', 'both.pem', {}],
    ['PKCS #12', 'both.p12', { keystorePassword: 'open' }],
  ])(
    '%s: statements, the API and the page over https, and backends are told so',
    async (_name, file, password) => {
      const tls = { port: 0, keystorePath: join(dir, file), ...password };
      const { ask, blue, gw, end } = await secure({ plain: false, tls });
      expect(gw.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      expect((await ask('/api/public/backends')).statusCode).toBe(200);
      await expect
        .poll(async () => (await ask('/v1/statement', { method: 'POST', body: 'SELECT 1' })).statusCode)
        .toBe(200);
      expect(blue.statements[0]?.header('x-forwarded-proto')).toBe('https');
      await end();
    },
  );

  test('with a truststore, a client without a certificate gets no answer', async () => {
    const [keystorePath, truststorePath] = [join(dir, 'both.pem'), join(dir, 'cert.pem')];
    const { ask, end } = await secure({ plain: false, tls: { port: 0, keystorePath, truststorePath } });
    await expect(ask('/api/public/backends')).rejects.toThrow();
    await end();
  });

  test('a handshake that never ends does not keep the gateway from closing', async () => {
    const tls = { port: 0, keystorePath: join(dir, 'both.pem') };
    const { gw, end } = await secure({ plain: false, tls });
    const { connect: connectTcp } = await import('node:net');
    const silent = connectTcp(Number(new URL(gw.url).port), '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('connect', resolve));
    const ended = new Promise((resolve) => silent.once('close', resolve));
    await end();
    await ended;
  });

  test('plain HTTP on the TLS port is refused, and the next client is served', async () => {
    const { ask, gw, end } = await secure({
      plain: false,
      tls: { port: 0, keystorePath: join(dir, 'both.pem') },
    });
    await expect(fetch(gw.url.replace('https', 'http'))).rejects.toThrow();
    expect((await ask('/api/public/backends')).statusCode).toBe(200);
    const socket = connect({
      port: Number(new URL(gw.url).port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    expect(socket.getProtocol()).toMatch(/^TLSv1\.[23]$/);
    socket.destroy();
    await end();
  });

  test('key material that cannot be used is named, with its file', async () => {
    const file = join(dir, 'broken.pem');
    writeFileSync(file, '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n');
    const at = (keystorePath: string) => secure({ tls: { port: 0, keystorePath }, port: 0 });
    await expect(at(file)).rejects.toThrow(`Keystore ${file}: `);
    await expect(at(join(dir, 'missing.pem'))).rejects.toThrow(/Keystore .*missing\.pem: /);
  });
});

test('a gateway that would open nothing does not start', async () => {
  const config = gatewaySchema.parse({ listen: { plain: false } });
  await expect(startGateway(config, { log: silentLog })).rejects.toThrow(/listen\.plain is false/);
});

describe('what clients say of where they come from', () => {
  const outer = { 'X-Forwarded-Host': 'outer:443', 'X-Forwarded-For': '10.0.0.9', Forwarded: 'for=1' };

  async function started(processForwarded: 'accept' | 'reject' | 'ignore') {
    const blue = await fake();
    const backends = [{ name: 'blue', proxyTo: blue.url }];
    const gw = await gateway({ backends, listen: { port: 0, processForwarded } });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    return { blue, gw };
  }

  test('accept: is passed on', async () => {
    const { blue, gw } = await started('accept');
    await post(gw.url, 'SELECT 1', outer);
    expect(blue.statements[0]?.header('x-forwarded-host')).toBe('outer:443');
    expect(blue.statements[0]?.header('x-forwarded-for')).toBe('10.0.0.9, 127.0.0.1');
  });

  test('ignore: is dropped, and the gateway tells what it sees itself', async () => {
    const { blue, gw } = await started('ignore');
    await post(gw.url, 'SELECT 1', outer);
    const seen = (name: string) => blue.statements[0]?.header(name);
    expect(seen('x-forwarded-host')).toBe(new URL(gw.url).hostname);
    expect(seen('x-forwarded-port')).toBe(new URL(gw.url).port);
    expect(seen('x-forwarded-for')).toBe('127.0.0.1');
    expect(blue.statements[0]?.rawHeaders).not.toContain('Forwarded');
  });

  test('reject: is answered 406', async () => {
    const { blue, gw } = await started('reject');
    const answer = await call(`${gw.url}/v1/statement`, { method: 'POST', body: 'SELECT 1', headers: outer });
    expect(answer.status).toBe(406);
    expect(blue.statements).toHaveLength(0);
  });
});
