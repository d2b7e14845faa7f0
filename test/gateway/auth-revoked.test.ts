// Sessions that were ended, on injected clocks.
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { revokedTokens } from '../../gateway/auth/revoked.ts';

const WALL_MS = 1_700_000_000_000;
const KEY = new Uint8Array(32);

const made = (claims: Record<string, unknown>) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(KEY);

function revoked() {
  const clock = { ms: 0 };
  const tokens = revokedTokens(
    () => clock.ms,
    () => WALL_MS + clock.ms,
  );
  return { clock, tokens };
}

test('a token is kept until it would have ended, and then makes room', async () => {
  const { clock, tokens } = revoked();
  const exp = WALL_MS / 1_000 + 60;
  const token = await made({ exp });
  tokens.add(token);
  expect([tokens.has(token), tokens.has(await made({ exp, jti: 'x' }))]).toEqual([true, false]);
  clock.ms = 59_999;
  expect(tokens.has(token)).toBe(true);
  clock.ms = 60_000;
  expect([tokens.has(token), tokens.size]).toEqual([false, 1]);
  tokens.add(await made({ exp: exp + 600 }));
  expect(tokens.size).toBe(1);
});

test('without an end it is kept; one that every login makes alike is not', async () => {
  const { clock, tokens } = revoked();
  const [endless, javas] = [await made({ sub: 'ann', jti: 'x' }), await made({ sub: 'ann' })];
  tokens.add(endless);
  tokens.add(javas);
  clock.ms = 1e12;
  expect([tokens.has(endless), tokens.has(javas)]).toEqual([true, false]);
});

test('memory is bounded: the oldest goes', () => {
  const { tokens } = revoked();
  const plain = (jti: number) =>
    `e30.${Buffer.from(JSON.stringify({ jti: `${jti}` })).toString('base64url')}.x`;
  for (let i = 0; i <= 50_000; i++) tokens.add(plain(i));
  expect([tokens.size, tokens.has(plain(0)), tokens.has(plain(1)), tokens.has(plain(50_000))]).toEqual([
    50_000,
    false,
    true,
    true,
  ]);
});
