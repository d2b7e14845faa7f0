// Encrypted connections to a database, by the parameters that the Java drivers have.
import { chmodSync, chownSync, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from '../../src/fleet/install/tool.ts';
import { type DataStoreInput, storeAt } from '../gateway/store/table.ts';
import { type DatabasePlace, servers, type TestServer } from './store-servers.ts';

const haveOpenssl = !(await runTool('openssl', ['version'])).missing;

/** A certificate for the name localhost and no other, signed by itself. */
async function makeCertificate(dir: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(dir, 'tls.crt'), join(dir, 'tls.key')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const answer = await runTool('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert],
    ...names,
  ]);
  expect(answer.code, answer.output).toBe(0);
  return { cert, key };
}

for (const { name, start, missing } of servers) {
  const param = name === 'MariaDB' ? 'sslMode' : 'sslmode';
  describe.skipIf((await missing()) || !haveOpenssl)(name, () => {
    let server: TestServer;
    let place: DatabasePlace;
    beforeAll(async () => {
      server = await start();
      place = await server.fresh();
    });
    afterAll(() => server.stop());

    const openWith = (query: string, host = '127.0.0.1') => {
      const jdbcUrl = `${place.jdbcUrl.replace('127.0.0.1', host)}?${query}`;
      return storeAt({ ...place.dataStore, jdbcUrl } satisfies DataStoreInput);
    };
    const mode = (text: string) => `${param}=${text}`;

    test('a server without encryption: preferred means plain, required is refused', async () => {
      await openWith(mode(name === 'MariaDB' ? 'PREFERRED' : 'prefer'));
      await openWith(mode(name === 'MariaDB' ? 'DISABLED' : 'disable'));
      await expect(openWith(mode(name === 'MariaDB' ? 'REQUIRED' : 'require'))).rejects.toMatchObject({
        message: expect.stringContaining('no encrypted connection could be made ('),
        hint: expect.stringContaining(param),
      });
    });

    test.runIf(name === 'PostgreSQL')(
      'a server with a certificate of its own: who asks for what gets it',
      async () => {
        const { cert, key } = await makeCertificate(server.db.dir);
        const data = join(server.db.dir, 'data');
        const { uid, gid } = statSync(data);
        for (const [from, to] of [
          [cert, 'server.crt'],
          [key, 'server.key'],
        ] as const) {
          copyFileSync(from, join(data, to));
          chmodSync(join(data, to), 0o600);
          chownSync(join(data, to), uid, gid);
        }
        await place.query('ALTER SYSTEM SET ssl = on');
        await server.db.halt();
        await server.db.start();

        const encrypted = async () =>
          (
            await place.query(`select count(*)::int as n from pg_stat_ssl s join pg_stat_activity a using (pid)
          where s.ssl and a.application_name = 'rehearse-gateway' and a.pid <> pg_backend_pid()`)
          )[0]?.n;
        for (const [query, host] of [
          ['', '127.0.0.1'],
          [mode('require'), '127.0.0.1'],
          [`${mode('verify-ca')}&sslrootcert=${cert}`, '127.0.0.1'],
          [`${mode('verify-full')}&sslrootcert=${cert}`, 'localhost'],
        ] as const) {
          const store = await openWith(query, host);
          expect(await encrypted(), query).toBeGreaterThan(0);
          await store.close();
        }
        const plain = await openWith(mode('disable'));
        await expect.poll(encrypted).toBe(0);
        await plain.close();
        for (const [query, host] of [
          [mode('verify-ca'), '127.0.0.1'],
          [`${mode('verify-full')}&sslrootcert=${cert}`, '127.0.0.1'],
        ] as const)
          await expect(openWith(query, host), query).rejects.toMatchObject({
            message: expect.stringContaining('no encrypted connection could be made ('),
          });
      },
    );
  });
}
