// Login by an issuer: the whole flow against a small one on loopback, and every way to bend it.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { call, gateway } from './helpers.ts';

interface Exchange {
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += part;
  return text;
}

/** Knows one client, hands out codes without asking anybody, and signs what `claims` says. */
async function issuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' };
  const exchanges: Exchange[] = [];
  const state = {
    nonce: '',
    claims: {} as Record<string, unknown>,
    audience: 'gateway',
    status: 200,
    key: privateKey,
    expires: '1h',
  };
  const sign = (more: Record<string, unknown> = {}) =>
    new SignJWT({ nonce: state.nonce, ...state.claims, ...more })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(url)
      .setAudience(state.audience)
      .setExpirationTime(state.expires)
      .sign(state.key);
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/keys') return answer(200, { keys: [jwk] });
    exchanges.push({
      authorization: request.headers.authorization,
      form: new URLSearchParams(await bodyOf(request)),
    });
    return answer(state.status, state.status === 200 ? { id_token: await sign() } : { error: 'no' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, state, exchanges, sign };
}

async function started() {
  const theirs = await issuer();
  const gw = await gateway({
    authentication: {
      defaultType: 'oauth',
      oauth: {
        issuer: theirs.url,
        clientId: 'gateway',
        clientSecret: 'se:cret',
        tokenEndpoint: `${theirs.url}/token`,
        authorizationEndpoint: `${theirs.url}/authorize?tenant=t`,
        jwkEndpoint: `${theirs.url}/keys`,
        scopes: ['openid', 'groups'],
        redirectUrl: 'https://gateway.example/oidc/callback',
        userIdField: 'email',
        privilegesField: 'groups',
      },
    },
    authorization: { admin: '.*gw-admins.*', user: '.*', api: '.*gw-scripts.*' },
  });
  const begin = async () => {
    const answer = await call(`${gw.url}/sso`, { method: 'POST' });
    const to = new URL((answer.json() as { data: string }).data);
    const cookie = String(answer.headers['set-cookie']);
    theirs.state.nonce = to.searchParams.get('nonce') ?? '';
    return { to, cookie, pair: cookie.split(';')[0] ?? '', state: to.searchParams.get('state') ?? '' };
  };
  const back = (query: string, cookie: string) =>
    call(`${gw.url}/oidc/callback?${query}`, { headers: { cookie } });
  return { ...theirs, gw, begin, back, theirs: theirs.state };
}

test('the code flow ends in a cookie that is good for the roles in the privileges claim', async () => {
  const { back, begin, exchanges, gw, theirs } = await started();
  expect((await call(`${gw.url}/loginType`, { method: 'POST' })).json()).toMatchObject({ data: 'oauth' });
  const { cookie, pair, state, to } = await begin();
  expect(cookie).toMatch(/^__Secure-Trino-Gateway-OIDC=[^;]+; .*HttpOnly; Secure; SameSite=Lax$/);
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    tenant: 't',
    response_type: 'code',
    client_id: 'gateway',
    redirect_uri: 'https://gateway.example/oidc/callback',
    scope: 'openid groups',
    code_challenge_method: 'S256',
  });
  theirs.claims = { email: 'ann@example.com', groups: ['gw-admins', 'all'] };
  const answer = await back(`code=c1&state=${state}`, pair);
  expect([answer.status, answer.headers.location]).toEqual([302, '/trino-gateway']);
  const [session = '', ended] = answer.headers['set-cookie'] as string[];
  expect(session).toMatch(/^token=[^;]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/);
  expect(ended).toMatch(/^__Secure-Trino-Gateway-OIDC=; .*Max-Age=0/);
  const [exchange] = exchanges;
  expect(Buffer.from(exchange?.authorization?.slice(6) ?? '', 'base64').toString()).toBe('gateway:se%3Acret');
  expect(exchange?.form.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  const info = await call(`${gw.url}/userinfo`, {
    method: 'POST',
    headers: { cookie: session.split(';')[0] ?? '' },
  });
  expect(info.json()).toMatchObject({
    code: 200,
    data: { userName: 'ann@example.com', roles: ['ADMIN', 'USER'] },
  });
});

test.each([
  ['another state', (s: string, c: string) => [`code=c1&state=${s}x`, c]],
  ['no cookie', (s: string) => [`code=c1&state=${s}`, '']],
  [
    'a cookie of one’s own making',
    (s: string) => [`code=c1&state=${s}`, '__Secure-Trino-Gateway-OIDC=e30.e30.x'],
  ],
  ['no code', (s: string, c: string) => [`error=access_denied&state=${s}`, c]],
] as const)('a callback with %s gets no session, and no code is exchanged', async (_, bend) => {
  const { back, begin, exchanges } = await started();
  const { pair, state } = await begin();
  const [query = '', cookie = ''] = bend(state, pair);
  const answer = await back(query, cookie);
  expect([answer.status, answer.headers['set-cookie'], exchanges.length]).toEqual([403, undefined, 0]);
});

test('an issuer that refuses, a token for somebody else, a replayed nonce: 403 with a reason, no secret in it', async () => {
  const { back, begin, gw, theirs } = await started();
  const attempt = async (bent: Partial<typeof theirs>) => {
    const { pair, state } = await begin();
    Object.assign(theirs, bent);
    const answer = await back(`code=c1&state=${state}`, pair);
    theirs.status = 200;
    theirs.audience = 'gateway';
    return [answer.status, answer.text()];
  };
  expect(await attempt({ status: 400 })).toEqual([403, expect.stringMatching(/answered 400$/)]);
  const unusable = [403, expect.stringMatching(/token cannot be used$/)];
  expect(await attempt({ audience: 'another' })).toEqual(unusable);
  expect(await attempt({ nonce: 'replayed' })).toEqual(unusable);
  expect(JSON.stringify(gw.log.lines)).not.toContain('se:cret');
});

test('bearer tokens: the issuer’s own are good until they end, others never', async () => {
  const { gw, sign, theirs } = await started();
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await call(`${gw.url}/gateway`, { headers })).status;
  };
  theirs.claims = { email: 'bot@example.com', groups: 'gw-scripts' };
  expect(await ask(await sign())).toBe(200);
  expect(await ask(await sign({ email: '' }))).toBe(403);
  const ended = await sign({ jti: 'one' });
  expect(await ask(ended)).toBe(200);
  await call(`${gw.url}/logout`, { method: 'POST', headers: { cookie: `token=${ended}` } });
  expect([await ask(ended), await ask(await sign({ jti: 'two' }))]).toEqual([403, 200]);
  theirs.expires = '-1m';
  expect(await ask(await sign())).toBe(403);
  theirs.expires = '1h';
  theirs.key = (await generateKeyPair('RS256')).privateKey;
  expect(await ask(await sign())).toBe(403);
});

test('two gateways with one client secret finish each other’s logins', async () => {
  const { begin, theirs, url } = await started();
  const other = await gateway({
    authentication: {
      oauth: {
        issuer: url,
        clientId: 'gateway',
        clientSecret: 'se:cret',
        tokenEndpoint: `${url}/token`,
        authorizationEndpoint: `${url}/authorize`,
        jwkEndpoint: `${url}/keys`,
        redirectUrl: 'https://gateway.example/oidc/callback',
      },
    },
  });
  const { pair, state } = await begin();
  theirs.claims = { sub: 'ann' };
  const answer = await call(`${other.url}/oidc/callback?code=c&state=${state}`, {
    headers: { cookie: pair },
  });
  expect(answer.status).toBe(302);
});

test('without an issuer both paths are 400, and with compat: strict 500 as in the Java gateway', async () => {
  const gw = await gateway({});
  expect((await call(`${gw.url}/sso`, { method: 'POST' })).status).toBe(400);
  expect((await call(`${gw.url}/oidc/callback`)).status).toBe(400);
  const strict = await gateway({ compat: 'strict' });
  expect((await call(`${strict.url}/oidc/callback`)).status).toBe(500);
});
