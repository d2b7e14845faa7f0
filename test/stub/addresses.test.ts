import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StubServer } from '../../src/stub/index.ts';
import { asUser, get, post, quickStub, results, send } from './wire.ts';

describe('the base of addresses', () => {
  let stub: StubServer;
  let port: string;
  beforeAll(async () => {
    stub = await quickStub();
    port = new URL(stub.url).port;
  });
  afterAll(() => stub.close());

  it.each<[Record<string, string | string[]>, string]>([
    [{}, 'http://127.0.0.1:PORT'],
    [{ Host: 'gw:9000' }, 'http://gw:9000'],
    [{ 'X-Forwarded-Host': 'gw' }, 'http://gw'],
    [{ 'X-Forwarded-Host': 'gw:8443', 'X-Forwarded-Proto': 'https' }, 'https://gw:8443'],
    [{ 'X-Forwarded-Host': 'gw:443', 'X-Forwarded-Proto': 'https' }, 'https://gw'],
    [{ 'X-Forwarded-Host': 'gw', 'X-Forwarded-Port': '444', 'X-Forwarded-Proto': 'https' }, 'https://gw:444'],
    [{ 'X-Forwarded-Host': 'gw:1', 'X-Forwarded-Port': '444' }, 'http://gw:1'],
    [{ 'X-Forwarded-Proto': 'https' }, 'https://127.0.0.1:PORT'],
    [{ 'X-Forwarded-Port': '444' }, 'http://127.0.0.1:444'],
    [{ 'X-Forwarded-Host': 'outer:1, inner:2' }, 'http://outer:1'],
    [{ 'X-Forwarded-Host': ['outer:1', 'inner:2'] }, 'http://outer:1'],
    [{ 'X-Forwarded-Proto': 'https, http', 'X-Forwarded-Host': 'gw' }, 'https://gw'],
    [{ Forwarded: 'host=f:5;proto=https', 'X-Forwarded-Host': 'gw' }, 'https://f:5'],
    [{ Forwarded: 'host="[::1]:8080"' }, 'http://[::1]:8080'],
    [{ 'X-Forwarded-Host': 'gw', 'X-Forwarded-Prefix': '/gw/a' }, 'http://gw/gw/a'],
    [{ 'X-Forwarded-Host': 'gw', 'X-Forwarded-Prefix': '/a, /b' }, 'http://gw/a,%20/b'],
    [{ 'X-Forwarded-Server': 'box' }, 'http://box'],
  ])('%j gives %s', async (headers, expected) => {
    const posted = await post(stub, 'SELECT 1', headers);
    const base = expected.replace('PORT', port);
    expect(posted.infoUri).toBe(`${base}/ui/query.html?${posted.id}`);
    expect(posted.nextUri).toMatch(new RegExp(`^${base.replace(/[[\]]/g, '\\$&')}/v1/statement/queued/`));
  });

  it('follows the request being answered, poll by poll', async () => {
    const posted = await post(stub, 'SELECT 1', { 'X-Forwarded-Host': 'one' });
    const path = new URL(posted.nextUri!).pathname;
    const second = results(
      await get(stub.url + path, { 'X-Forwarded-Host': 'two', 'X-Forwarded-Prefix': '/p' }),
    );
    expect(second.nextUri).toMatch(/^http:\/\/two\/p\/v1\//);
  });

  it('answers 406 to X-Forwarded-* and ignores Forwarded when it does not process them', async () => {
    const strict = await quickStub({ processForwarded: false });
    const refused = await send(
      'POST',
      `${strict.url}/v1/statement`,
      { ...asUser, 'X-Forwarded-For': '1.2.3.4' },
      'SELECT 1',
    );
    expect(refused.status).toBe(406);
    expect(refused.headers['content-type']).toBe('text/plain;charset=iso-8859-1');
    expect(refused.text).toMatch(/^HTTP ERROR 406 .*X-Forwarded-For/);
    const posted = await post(strict, 'SELECT 1', { Forwarded: 'host=f:5;proto=https' });
    expect(posted.nextUri).toMatch(new RegExp(`^${strict.url}/`));
    await strict.close();
  });
});
