// The Java gateway as the referee of configurations: the example starts both, and what it refuses we refuse.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readGatewayConfig, startGateway } from '../../gateway/index.ts';
import { silentLog } from '../../src/base/log.ts';
import { projectRoot } from '../../src/base/project.ts';
import { installJavaGateway } from '../../src/fleet/install/java-gateway-install.ts';
import { runTool } from '../../src/fleet/install/tool.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { launchJavaGateway, untilReady } from './java-gateway.ts';
import { havePostgres, startPostgres } from './postgres.ts';

const EXAMPLE = join(projectRoot, 'examples/java-gateway');
const BAD = join(projectRoot, 'test/gateway/config/bad');

/** Bad files of ours that the Java gateway's launcher takes; it stumbles over most of them later. */
const TAKEN_THERE = [
  'authorization.yaml',
  'external.yaml',
  'modules.yaml',
  'monitor-credentials.yaml',
  'oauth.yaml',
  'regex.yaml',
  'rules-path.yaml',
  'server-config-port.yaml',
  'server-config-unknown.yaml',
  'store-credentials.yaml',
  'store-engine.yaml',
  'store-hosts.yaml',
  'store-port.yaml',
];

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function variables(dir: string, database: { jdbcUrl: string; user: string; password: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(join(dir, 'private.pem'), privateKey);
  writeFileSync(join(dir, 'public.pem'), publicKey);
  return {
    GATEWAY_JDBC_URL: database.jdbcUrl,
    GATEWAY_DB_USER: database.user,
    GATEWAY_DB_PASSWORD: database.password,
    GATEWAY_MONITOR_PASSWORD: 'monitor',
    GATEWAY_COOKIE_SECRET: 'a-secret-for-cookies-of-some-length',
    GATEWAY_PRIVATE_KEY: join(dir, 'private.pem'),
    GATEWAY_PUBLIC_KEY: join(dir, 'public.pem'),
    GATEWAY_OPERATOR_PASSWORD: 'open-sesame',
    GATEWAY_READER_PASSWORD: 'read-only',
  };
}

describe.skipIf(!(await havePostgres()))('the example', () => {
  test('starts both gateways as it is, on one database; each sees what the other adds', async () => {
    const dir = temporaryFolder();
    const database = await startPostgres();
    onTestFinished(() => database.stop());
    const env = variables(dir, database);
    const port = await claimPort(0, 'the Java gateway');
    const configFile = join(EXAMPLE, 'config.yaml');
    const logFile = join(dir, 'java.log');
    const child = await launchJavaGateway(await installJavaGateway(), {
      name: 'example',
      configFile,
      logFile,
      cwd: EXAMPLE,
      env: { ...env, GATEWAY_PORT: String(port) },
    });
    onTestFinished(() => child.stop(5_000));
    const java = `http://127.0.0.1:${port}`;
    await untilReady(java, child, logFile);

    const { config } = readGatewayConfig(configFile, { ...env, GATEWAY_PORT: '0' });
    const ours = await startGateway(config, { log: silentLog });
    onTestFinished(() => ours.close());

    const authorization = `Basic ${Buffer.from('operator:open-sesame').toString('base64')}`;
    const add = async (base: string, name: string) => {
      const answer = await fetch(`${base}/gateway/backend/modify/add`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ name, proxyTo: 'http://127.0.0.1:1', routingGroup: 'bi' }),
      });
      expect(answer.status, await answer.text()).toBe(200);
    };
    const names = async (base: string) => {
      const answer = await fetch(`${base}/gateway/backend/all`, { headers: { authorization } });
      return ((await answer.json()) as { name: string }[]).map((b) => b.name).toSorted();
    };
    await add(java, 'by-theirs');
    await add(ours.url, 'by-ours');
    await expect.poll(() => names(java), { timeout: 15_000 }).toEqual(['by-ours', 'by-theirs']);
    await expect.poll(() => names(ours.url), { timeout: 15_000 }).toEqual(['by-ours', 'by-theirs']);
    for (const base of [java, ours.url])
      expect((await fetch(`${base}/gateway/backend/all`)).status, base).toBeGreaterThanOrEqual(401);
  });
});

test('what the Java gateway’s launcher refuses is refused here, and more', async () => {
  const { jar, java } = await installJavaGateway();
  const files = readdirSync(BAD).filter((name) => name.endsWith('.yaml'));
  const program = join(projectRoot, 'test/real/ReadConfig.java');
  const run = await runTool(java.command, ['-cp', jar, program, ...files], { cwd: BAD });
  expect(run.code, run.output).toBe(0);
  const said = run.output.split('\n').flatMap((line) => {
    const [name = '', answer] = line.split('\t');
    return answer === undefined ? [] : [[name, answer] as const];
  });
  expect(said.map(([name]) => name).toSorted()).toEqual(files.toSorted());
  expect(said.filter(([, answer]) => answer === 'taken').map(([name]) => name)).toEqual(TAKEN_THERE);
});
