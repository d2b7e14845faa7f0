// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${USER} is what the file writes.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeLdap, type LdapEntry } from './fake-ldap.ts';
import { call, gateway } from './helpers.ts';

const ADMIN: LdapEntry = { dn: 'cn=reader,dc=x', password: 'r', uid: 'reader', memberOf: [] };
const ANN: LdapEntry = {
  dn: 'uid=ann,ou=people,dc=x',
  password: 'p1',
  uid: 'ann',
  memberOf: ['cn=gateway-admins,dc=x', 'cn=all,dc=x'],
};
const BOB: LdapEntry = {
  dn: 'uid=bob,ou=people,dc=x',
  password: 'p2',
  uid: 'bob',
  memberOf: ['cn=all,dc=x'],
};

async function started(how: string, entries = [ADMIN, ANN, BOB]) {
  const server = await fakeLdap(entries);
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-ldap-'));
  const file = join(folder, 'ldap.yaml');
  writeFileSync(file, `ldapHost: 127.0.0.1\nldapPort: ${server.port}\npoolMaxTotal: 8\n${how}`);
  const gw = await gateway({
    authentication: { form: { ldapConfigPath: file } },
    authorization: { admin: '.*cn=gateway-admins,.*', user: '.*cn=all,.*', ldapConfigPath: file },
    presetUsers: { local: { password: 'l', privileges: 'cn=all,' } },
  });
  const login = async (username: string, password: string) => {
    const answer = await call(`${gw.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    return answer.json() as { code: number; msg: string; data?: { token: string } };
  };
  const roles = async (authorization: string) => {
    const answer = await call(`${gw.url}/userinfo`, { method: 'POST', headers: { authorization } });
    return answer.status === 200
      ? (answer.json() as { data?: { roles: string[] } }).data?.roles
      : answer.status;
  };
  return { gw, login, roles, server };
}

const SEARCH = `ldapAdminBindDn: "cn=reader,dc=x"
ldapAdminPassword: r
ldapUserBaseDn: "ou=people,dc=x"
ldapUserSearch: "(&(objectClass=person)(uid=\${USER}))"
`;
const PATTERN = 'ldapUserDnPattern: "uid=${USER},ou=people,dc=x"\n';
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test.each([
  ['search, then bind', SEARCH],
  ['direct bind', PATTERN],
])('%s: the password opens, the groups are the privileges', async (_, how) => {
  const { login, roles } = await started(how);
  const { data } = await login('ann', 'p1');
  expect(data?.token).toMatch(/^ey/);
  expect(await roles(basic('ann', 'p1'))).toEqual(['ADMIN', 'USER']);
  expect(await roles(basic('bob', 'p2'))).toEqual(['USER']);
  expect(await roles(basic('local', 'l'))).toEqual(['USER']);
  const refused = { code: 500, msg: 'Authentication failed.' };
  expect(await login('ann', 'p2')).toEqual(refused);
  expect(await login('ann', '')).toEqual(refused);
  expect(await login('nobody', 'p1')).toEqual(refused);
});

test('a session asks for the groups by name, and not at every request', async () => {
  const { login, roles, server } = await started(SEARCH);
  const { data } = await login('ann', 'p1');
  const before = server.asked.length;
  for (let i = 0; i < 5; i++) expect(await roles(`Bearer ${data?.token}`)).toEqual(['ADMIN', 'USER']);
  expect(server.asked.length - before).toBe(2);
});

test.each([
  ['*)(uid=*', SEARCH],
  ['ann)(|(uid=*', SEARCH],
  ['ann,ou=people,dc=x', PATTERN],
  ['bob,ou=people,dc=x\\', PATTERN],
])('the name %j stays a value', async (name, how) => {
  const { login, server } = await started(how);
  expect(await login(name, 'p1')).toEqual({ code: 500, msg: 'Authentication failed.' });
  expect(server.asked.filter((line) => line === `bind ${ANN.dn}` || line === `bind ${BOB.dn}`)).toEqual([]);
});

test('a name that two entries have is nobody’s', async () => {
  const { login } = await started(SEARCH, [ADMIN, ANN, { ...ANN, dn: 'uid=ann,ou=others,dc=x' }]);
  expect(await login('ann', 'p1')).toMatchObject({ code: 500 });
});

test('a server that is down: preset users get in, others are told that it is not possible now', async () => {
  const { login, roles, server } = await started(SEARCH);
  server.close();
  expect(await login('ann', 'p1')).toEqual({ code: 500, msg: 'Authentication is not possible now.' });
  expect(await roles(basic('ann', 'p1'))).toBe(403);
  expect(await roles(basic('local', 'l'))).toEqual(['USER']);
});

test.each([
  ['ldapHost: h\n', /ldapPort/],
  ['ldapHost: h\nldapPort: 389\n', /expected ldapUserSearch or ldapUserDnPattern/],
  [`${PATTERN}ldapHost: h\nldapPort: 389\nldapHots: x\n`, /ldapHots.*ldapHost/],
])('a file with %j does not start the gateway', async (text, message) => {
  const file = join(mkdtempSync(join(tmpdir(), 'rehearse-ldap-')), 'ldap.yaml');
  writeFileSync(file, text);
  await expect(gateway({ authentication: { form: { ldapConfigPath: file } } })).rejects.toThrow(message);
});
