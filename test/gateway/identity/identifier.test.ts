// Who is asking. The answers are those of the Java gateway, release 21 (io.trino.gateway.ha.router.TrinoRequestUser, run
// on the same headers); where ours differs on purpose the case says what Java does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createIdentifier, type Identifier } from '../../../gateway/identity/identifier.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';

const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwt = (claims: object, alg = 'HS256') => `${part({ alg, typ: 'JWT' })}.${part(claims)}.c2ln`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const reader = (headers: Record<string, string>) => ({ header: (name: string) => headers[name] ?? null });

const ANN = jwt({ email: 'ann@x' });
const COOK = jwt({ email: 'cook' });
const NO_EMAIL = jwt({ sub: 'ann' });

type Case = [name: string, headers: Record<string, string>, user: string | undefined];
const CASES: Case[] = [
  ['the header', { 'x-trino-user': 'ann' }, 'ann'],
  ['an empty header', { 'x-trino-user': '' }, ''],
  ['the header before Basic', { 'x-trino-user': 'ann', authorization: basic('bob:pw') }, 'ann'],
  ['Basic', { authorization: basic('bob:pw') }, 'bob'],
  ['Basic, password with colons', { authorization: basic('bob:a:b') }, 'bob'],
  ['Basic without a password', { authorization: basic('bob') }, 'bob'],
  ['Basic, umlaut', { authorization: basic('jürgen:x') }, 'jürgen'],
  ['Basic, not base64', { authorization: 'Basic ???' }, undefined],
  ['Basic in lower case (Java: nobody)', { authorization: basic('b:p').replace('B', 'b') }, 'b'],
  ['Basic, empty user (Java: the empty user)', { authorization: basic(':pw') }, undefined],
  ['Basic without anything (Java: 500)', { authorization: 'Basic' }, undefined],
  ['Bearer with the claim', { authorization: `Bearer ${ANN}` }, 'ann@x'],
  ['bearer in lower case', { authorization: `bearer ${ANN}` }, 'ann@x'],
  ['Bearer without the claim', { authorization: `Bearer ${NO_EMAIL}` }, undefined],
  ['a claim that is no text (Java: 500)', { authorization: `Bearer ${jwt({ email: 7 })}` }, undefined],
  ['a claim that is null (Java: 500)', { authorization: `Bearer ${jwt({ email: null })}` }, undefined],
  ['an opaque token', { authorization: 'Bearer abcdef' }, undefined],
  ['three parts that are no token', { authorization: 'Bearer a.b.c' }, undefined],
  ['an encrypted token', { authorization: 'Bearer a.b.c.d.e' }, undefined],
  ['an expired token', { authorization: `Bearer ${jwt({ email: 'ann@x', exp: 1 })}` }, 'ann@x'],
  ['a token without algorithm', { authorization: `Bearer ${jwt({ email: 'a' }, 'none')}` }, 'a'],
  ['Bearer, then cookie', { authorization: `Bearer ${ANN}`, cookie: `Trino-UI-Token=${COOK}` }, 'ann@x'],
  ['Bearer unknown, then cookie', { authorization: 'Bearer x', cookie: `Trino-UI-Token=${COOK}` }, 'cook'],
  ['the cookie of the UI', { cookie: `Trino-UI-Token=${COOK}` }, 'cook'],
  ['the secure cookie', { cookie: `__Secure-Trino-ID-Token=${COOK}` }, 'cook'],
  ['both', { cookie: `__Secure-Trino-ID-Token=${ANN}; Trino-UI-Token=${COOK}` }, 'cook'],
  [
    'both, without claim',
    { cookie: `Trino-UI-Token=${NO_EMAIL}; __Secure-Trino-ID-Token=${ANN}` },
    undefined,
  ],
  ['a cookie among others', { cookie: `a=b; Trino-UI-Token=${COOK}; c=d` }, 'cook'],
  ['a cookie in quotes', { cookie: `Trino-UI-Token="${COOK}"` }, 'cook'],
  ['a cookie that is no token', { cookie: 'Trino-UI-Token=abc' }, undefined],
  ['another scheme', { authorization: 'Negotiate YII=' }, undefined],
  ['nothing', {}, undefined],
];

describe('by headers alone', () => {
  test.each(CASES)('%s', async (_name, headers, user) => {
    const identifier = createIdentifier({ clock: systemClock });
    expect(await identifier.identify(reader(headers))).toEqual({ user, userInfo: undefined });
  });

  test('the claim is configured', async () => {
    const identifier = createIdentifier({ clock: systemClock, tokenUserField: 'sub' });
    const { user } = await identifier.identify(reader({ authorization: `Bearer ${NO_EMAIL}` }));
    expect(user).toBe('ann');
  });
});

/** A userinfo endpoint on a free port, and an identifier that asks it, with a clock that the test moves. */
async function endpoint(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  userInfoTimeoutMs = 5_000,
): Promise<{ identifier: Identifier; asked: string[]; clock: { ms: number } }> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method} ${req.url} ${req.headers.authorization}`);
    answer(req, res);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/userinfo`;
  const moved = { ms: 0 };
  const clock: Clock = { ...systemClock, nowMs: () => moved.ms };
  const identifier = createIdentifier({ clock, oauthTokenInfoUrl: url, userInfoTimeoutMs });
  onTestFinished(async () => {
    await identifier.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { identifier, asked, clock: moved };
}

const bearer = (token: string) => reader({ authorization: `Bearer ${token}` });
const json = (value: unknown) => (_req: IncomingMessage, res: ServerResponse) =>
  void res.setHeader('content-type', 'application/json').end(JSON.stringify(value));

describe('by the userinfo endpoint', () => {
  test('an opaque token names its subject, and the claims are there for rules', async () => {
    const { identifier, asked } = await endpoint(json({ sub: 'ann', groups: ['bi'] }));
    expect(await identifier.identify(bearer('opaque'))).toEqual({
      user: 'ann',
      userInfo: { sub: 'ann', groups: ['bi'] },
    });
    expect(asked).toEqual(['GET /userinfo Bearer opaque']);
  });

  test('a token with the claim is not asked about', async () => {
    const { identifier, asked } = await endpoint(json({ sub: 'ann' }));
    await identifier.identify(bearer(ANN));
    expect(asked).toEqual([]);
  });

  test('is asked once in ten minutes, however many ask', async () => {
    const { identifier, asked, clock } = await endpoint(json({ sub: 'ann' }));
    const all = await Promise.all(Array.from({ length: 20 }, () => identifier.identify(bearer('t'))));
    expect(new Set(all.map(({ user }) => user))).toEqual(new Set(['ann']));
    clock.ms = 9 * 60_000;
    await identifier.identify(bearer('t'));
    expect(asked).toHaveLength(1);
    clock.ms = 10 * 60_000;
    await identifier.identify(bearer('t'));
    expect(asked).toHaveLength(2);
    await identifier.identify(bearer('other'));
    expect(identifier.stats).toMatchObject({ asked: 3, cacheHits: 1, cached: 2 });
  });

  test.each<[string, (req: IncomingMessage, res: ServerResponse) => void]>([
    ['refuses the token', (_req, res) => void res.writeHead(401).end()],
    ['sends elsewhere', (_req, res) => void res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['answers no JSON', (_req, res) => void res.end('<html>')],
    ['names no subject', json({ email: 'ann@x' })],
    ['names a subject that is no text', json({ sub: 7 })],
    ['answers without end', (_req, res) => void res.end(JSON.stringify({ sub: 'a'.repeat(1_000_000) }))],
    ['hangs up', (req) => void req.socket.destroy()],
  ])('one that %s names nobody, and is asked again after ten seconds', async (_case, answer) => {
    const { identifier, asked, clock } = await endpoint(answer);
    for (const ms of [0, 9_000, 10_000]) {
      clock.ms = ms;
      expect(await identifier.identify(bearer('t'))).toEqual({ user: undefined, userInfo: undefined });
    }
    expect(asked).toHaveLength(2);
    expect(identifier.stats).toMatchObject({ asked: 2, failed: 2, cacheHits: 1 });
  });

  test('one that does not answer is given up', async () => {
    const { identifier } = await endpoint(() => {}, 100);
    expect((await identifier.identify(bearer('t'))).user).toBeUndefined();
    expect(identifier.stats.failed).toBe(1);
  });

  test('a hundred open questions are enough', async () => {
    const waiting: ServerResponse[] = [];
    const { identifier } = await endpoint((_req, res) => void waiting.push(res));
    const open = Array.from({ length: 100 }, (_, i) => identifier.identify(bearer(`t${i}`)));
    expect((await identifier.identify(bearer('more'))).user).toBeUndefined();
    expect(identifier.stats.refused).toBe(1);
    await identifier.close();
    await Promise.all(open);
  });
});
