/** Logging in and out, and who one is (the Java gateway's LoginResource). */
import { z } from 'zod';
import { TOKEN_COOKIE } from '../../auth/credentials.ts';
import { TOKEN_LIFETIME_S } from '../../auth/tokens.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { readJson } from '../input.ts';
import { type Answer, type ApiRequest, envelope, failed, json, type Route } from '../route.ts';

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
    post('/logout', 'text', (request) => {
      const answer = json({ code: 200, msg: 'Successful.' });
      return withCookie(answer, tokenCookie('', 0, request));
    }),
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
      return withCookie(answer, tokenCookie(outcome.token, TOKEN_LIFETIME_S, request));
    }
    case 'refused':
      return failed(500, 'Authentication failed.');
    case 'unavailable':
      return failed(500, 'Authentication is not possible now.');
    case 'too-many': {
      const answer = json({ code: 429, msg: 'Too many failed attempts.' }, 429);
      const seconds = String(Math.ceil(outcome.waitMs / 1_000));
      return { ...answer, headers: { ...answer.headers, 'Retry-After': seconds } };
    }
  }
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
