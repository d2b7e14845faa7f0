// Passwords that were right before, on an injected clock: what is checked, what passes, what is remembered.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyedDigests } from '../../gateway/auth/digests.ts';
import { createAuth } from '../../gateway/auth/index.ts';
import { proofs } from '../../gateway/auth/proofs.ts';
import { gatewaySchema } from '../../gateway/index.ts';
import { fakeLdap, type LdapEntry } from './fake-ldap.ts';
import { recordingLog } from './helpers.ts';

const ANN = { name: 'ann', privileges: 'ADMIN' };
const HOUR_MS = 3_600_000;

test('a proof is fresh for half a minute, known for a day, and gone when it is dropped', () => {
  let now = 0;
  const proved = proofs(() => now);
  proved.keep('ann', 'right', ANN);
  const at = (ms: number) => {
    now = ms;
    return proved.of('ann', 'right');
  };
  expect(at(29_999)).toEqual({ known: ANN, isFresh: true });
  expect(at(30_000)).toEqual({ known: ANN, isFresh: false });
  expect(at(24 * HOUR_MS - 1)).toMatchObject({ isFresh: false });
  expect(at(24 * HOUR_MS)).toBeUndefined();
  proved.keep('ann', 'right', ANN);
  expect(proved.of('ann', 'wrong')).toBeUndefined();
  expect(proved.of('ann"', 'right')).toBeUndefined();
  proved.drop('ann', 'right');
  expect(proved.of('ann', 'right')).toBeUndefined();
});

test('the oldest proofs go first, a renewed one last', () => {
  const proved = proofs(() => 0);
  proved.keep('first', 'p', ANN);
  for (let i = 0; i < 4_999; i++) proved.keep(`u${i}`, 'p', ANN);
  proved.keep('first', 'p', ANN);
  proved.keep('another', 'p', ANN);
  expect(proved.of('first', 'p')).toBeDefined();
  expect(proved.of('u0', 'p')).toBeUndefined();
  expect(proved.of('u1', 'p')).toBeDefined();
});

test('while guesses are held up: a fresh proof asks nobody, an older one is checked, a changed password is out', async () => {
  const entry: LdapEntry = { dn: 'uid=ann,dc=x', password: 'right', uid: 'ann', memberOf: ['cn=all'] };
  const entries = [entry];
  const server = await fakeLdap(entries);
  const file = join(mkdtempSync(join(tmpdir(), 'rehearse-proofs-')), 'ldap.yaml');
  writeFileSync(
    file,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: ${USER} is what the file writes.
    `ldapHost: 127.0.0.1\nldapPort: ${server.port}\n${'ldapUserDnPattern: "uid=${USER},dc=x"'}\n`,
  );
  let now = 0;
  const config = gatewaySchema.parse({ authentication: { form: { ldapConfigPath: file } } });
  const auth = await createAuth(config, recordingLog(), () => now);
  const login = async (password: string) => (await auth.login('ann', password, 'balancer')).kind;
  const binds = () => server.asked.filter((line) => line.startsWith('bind')).length;
  expect(await login('right')).toBe('token');
  now = 25_000;
  for (let i = 0; i < 10; i++) expect(await login(`wrong${i}`)).toBe('refused');
  const before = binds();
  expect([await login('right'), await login('wrong'), binds() - before]).toEqual(['token', 'too-many', 0]);
  now = 31_000;
  expect([await login('right'), await login('wrong'), binds() - before]).toEqual(['token', 'too-many', 1]);
  now = 62_000;
  entries[0] = { ...entry, password: 'new' };
  expect([await login('right'), binds() - before]).toEqual(['refused', 2]);
  expect([await login('right'), await login('new'), binds() - before]).toEqual(['too-many', 'too-many', 2]);
});

test('what stands for a password in memory is worth nothing in another process', () => {
  const [one, other] = [keyedDigests(), keyedDigests()];
  expect(one('ann', 'right')).toBe(one('ann', 'right'));
  expect(one('ann', 'right')).not.toBe(other('ann', 'right'));
  expect(one('ann', 'right')).not.toBe(one('ann,right'));
});
