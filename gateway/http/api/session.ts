/** Logging in and out, and who one is (the Java gateway's LoginResource). */
import { z } from 'zod';
import { cookieOf, TOKEN_COOKIE } from '../../auth/credentials.ts';
import { OIDC_COOKIE, OIDC_COOKIE_LIFETIME_S } from '../../auth/oidc.ts';
import { TOKEN_LIFETIME_S } from '../../auth/tokens.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { readJson } from '../input.ts';
import {
  type Answer,
  type ApiRequest,
  empty,
  envelope,
  failed,
  heldUp,
  json,
  type Route,
  text,
} from '../route.ts';

const loginInput = z.strictObject({ username: z.string().min(1).max(256), password: z.string().max(1_024) });

export function sessionRoutes(ctx: AdminContext): Route[] {
  const post = (path: string, body: Route['body'], handle: Route['handle']): Route => ({
    method: 'POST',
    path,
    roles: [],
    body,
    handle,
  });
  return [
    post('/login', 'json', (request) => login(ctx, request)),
    post('/logout', 'text', async (request) => {
      await ctx.auth.logout(request.headers);
      const answer = json({ code: 200, msg: 'Successful.' });
      if (cookieOf(request.headers.cookie, TOKEN_COOKIE) === undefined) return answer;
      return withCookie(answer, tokenCookie('', 0, request));
    }),
    post('/sso', 'text', () => startSso(ctx)),
    {
      method: 'GET',
      path: '/oidc/callback',
      roles: [],
      body: 'none',
      handle: (request) => endSso(ctx, request),
    },
    post('/loginType', 'text', () => envelope(ctx.auth.loginType, 'Ok')),
    {
      method: 'POST',
      path: '/userinfo',
      roles: ['USER'],
      body: 'text',
      handle: ({ caller: { name, roles } }) =>
        envelope({ userName: name, userId: name, roles, permissions: ctx.auth.pages({ name, roles }) }),
    },
  ];
}

/** The token comes in the envelope, as in the Java gateway, and besides in a cookie that scripts cannot read. */
async function login(ctx: AdminContext, request: ApiRequest): Promise<Answer> {
  const read = readJson(request.body, loginInput, { strict: isStrict(ctx) });
  if ('refusal' in read) return read.refusal;
  const { password, username } = read.value;
  const outcome = await ctx.auth.login(username, password, request.address);
  switch (outcome.kind) {
    case 'token': {
      const answer = envelope({ token: outcome.token });
      if (ctx.auth.loginType === 'none') return answer;
      return withCookie(unstored(answer), tokenCookie(outcome.token, TOKEN_LIFETIME_S, request));
    }
    case 'refused':
      return failed(500, 'Authentication failed.');
    case 'unavailable':
      return failed(500, 'Authentication is not possible now.');
    case 'too-many':
      return heldUp(outcome.waitMs, (msg) => json({ code: 429, msg }, 429));
  }
}

/** The address at the issuer in the envelope; the page goes there. 400 without an issuer (the Java gateway: 500). */
async function startSso(ctx: AdminContext): Promise<Answer> {
  const { auth } = ctx;
  if (auth.oidc === undefined) return noIssuer(ctx);
  const { cookie, url } = await auth.oidc.begin();
  // Lax: the browser comes back from the issuer's site, and has to bring it along.
  const attributes = `Path=/oidc; Max-Age=${OIDC_COOKIE_LIFETIME_S}; HttpOnly; Secure; SameSite=Lax`;
  return withCookie(envelope(url, 'Ok'), `${OIDC_COOKIE}=${cookie}; ${attributes}`);
}

function noIssuer(ctx: AdminContext): Answer {
  return isStrict(ctx) ? empty(500) : text(400, 'No issuer is configured (authentication.oauth)');
}

async function endSso(ctx: AdminContext, request: ApiRequest): Promise<Answer> {
  const { oidc } = ctx.auth;
  if (oidc === undefined) return noIssuer(ctx);
  const finished = await oidc.finish(request.query, cookieOf(request.headers.cookie, OIDC_COOKIE));
  if (finished.kind === 'refused') {
    ctx.log.warn({ reason: finished.why }, 'a login by the issuer failed');
    return text(403, `Error 403 Forbidden: ${finished.why}`);
  }
  const headers = {
    Location: finished.goTo,
    'Cache-Control': 'no-store',
    'Set-Cookie': [
      tokenCookie(finished.token, TOKEN_LIFETIME_S, request),
      `${OIDC_COOKIE}=; Path=/oidc; Max-Age=0; HttpOnly; Secure; SameSite=Lax`,
    ],
  };
  return { status: 302, headers, body: undefined };
}

function unstored(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'Cache-Control': 'no-store' } };
}

function withCookie(answer: Answer, cookie: string): Answer {
  return { ...answer, headers: { ...answer.headers, 'Set-Cookie': cookie } };
}

/** Sent along by this site's own pages only. */
export function tokenCookie(token: string, maxAgeS: number, request: ApiRequest): string {
  const secure = isSecure(request) ? '; Secure' : '';
  return `${TOKEN_COOKIE}=${token}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${secure}`;
}

function isSecure({ headers, secure }: ApiRequest): boolean {
  return secure || headers['x-forwarded-proto'] === 'https';
}
