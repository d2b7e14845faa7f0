/** The console's login and the JSON behind it: gateways read /ui/api/stats with the cookie. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Coordinator } from '../coordinator/coordinator.ts';
import { clusterStats, STUB_VERSION, uiQuery } from '../coordinator/listings.ts';
import { stateName } from '../coordinator/query.ts';
import { baseUri } from './base-uri.ts';
import { readBody } from './body.ts';
import { airliftDuration } from './info.ts';
import { endQuery, submittedQuery } from './query-resource.ts';
import { type Exchange, GONE_TEXT, type Handled, NO_RESOURCE_TEXT, sendText, sendValue } from './reply.ts';

const COOKIE = 'Trino-UI-Token';
const QUERY = /^\/ui\/api\/query\/([^/]+)(?:\/(killed|preempted))?$/;

/** What Trino adds wherever the console shows queries. */
const NOT_TO_KEEP = {
  'Cache-Control': 'no-cache, no-store, max-age=0',
  Pragma: 'no-cache',
  Expires: '0',
  'X-Download-Options': 'noopen',
};
const NOT_TO_KEEP_LINES = Object.entries(NOT_TO_KEEP).flat();

/** Signs and checks the console's cookies; the secret lives as long as the process. */
export interface UiTokens {
  issue(user: string): string;
  isValid(cookies: string | undefined): boolean;
}

/** Tokens of one process: a JWT by form, signed with HMAC-SHA256. */
export function uiTokens(): UiTokens {
  const secret = randomBytes(32);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
  return {
    issue(user) {
      const text = `${part({ alg: 'HS256' })}.${part({ sub: user })}`;
      return `${text}.${sign(text)}`;
    },
    isValid(cookies) {
      const token = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]+)`).exec(cookies ?? '')?.[1] ?? '';
      const dot = token.lastIndexOf('.');
      return dot > 0 && sign(token.slice(0, dot)) === token.slice(dot + 1);
    },
  };
}

/** Answers everything under /ui and the redirect from /. False when the path is none of them. */
export async function answerUi(
  coordinator: Coordinator,
  tokens: UiTokens,
  exchange: Exchange,
  url: URL,
): Promise<boolean> {
  const { pathname } = url;
  const base = baseUri(exchange.req.headers, coordinator.config.processForwarded);
  if (pathname !== '/' && !pathname.startsWith('/ui')) return false;
  if (pathname === '/ui/login' && exchange.req.method === 'POST') await login(tokens, exchange, base);
  else if (pathname === '/ui/login.html') sendText(exchange, 200, 'Trino (simulated): POST /ui/login');
  else if (pathname.startsWith('/ui/api/')) await api(coordinator, tokens, exchange, url, base);
  else redirect(exchange, pathname === '/' || pathname === '/ui' ? `${base}/ui/` : `${base}/ui/login.html`);
  return true;
}

function redirect(
  exchange: Exchange,
  location: string,
  headers: Readonly<Record<string, string>> = {},
): Handled {
  return sendText(exchange, 303, '', { Location: location, ...headers });
}

/** Without an authenticator the password has to be empty. */
async function login(tokens: UiTokens, exchange: Exchange, base: string): Promise<Handled> {
  const form = new URLSearchParams((await readBody(exchange.req)) ?? '');
  const user = form.get('username') ?? '';
  if (user === '' || (form.get('password') ?? '') !== '') return redirect(exchange, `${base}/ui/login.html`);
  return redirect(exchange, `${base}/ui/`, {
    'Set-Cookie': `${COOKIE}=${tokens.issue(user)};Version=1;Path=/ui;HttpOnly`,
  });
}

async function api(
  coordinator: Coordinator,
  tokens: UiTokens,
  exchange: Exchange,
  url: URL,
  base: string,
): Promise<Handled> {
  if (!tokens.isValid(exchange.req.headers.cookie)) {
    return sendText(exchange, 401, 'Unauthorized', {
      'WWW-Authenticate': 'Trino-Form-Login',
      'Content-Type': 'text/plain;charset=utf-8',
    });
  }
  const now = coordinator.clock.nowMs();
  const one = QUERY.exec(url.pathname);
  if (url.pathname === '/ui/api/stats') return sendValue(exchange, clusterStats(coordinator));
  if (url.pathname === '/ui/api/cluster') {
    const uptime = airliftDuration(coordinator.uptimeMs());
    return sendValue(exchange, {
      nodeVersion: { version: STUB_VERSION },
      environment: 'rehearse-stub',
      uptime,
    });
  }
  if (url.pathname === '/ui/api/query') {
    const state = url.searchParams.get('state')?.toUpperCase();
    const shown = [...coordinator.listed()].filter((q) => state === undefined || stateName(q) === state);
    return sendValue(
      exchange,
      shown.map((query) => uiQuery(query, base, now)),
      NOT_TO_KEEP_LINES,
    );
  }
  const query = one === null ? undefined : submittedQuery(coordinator, one[1] ?? '');
  if (one === null) return sendText(exchange, 404, NO_RESOURCE_TEXT);
  if (query === undefined) return sendText(exchange, 410, GONE_TEXT, NOT_TO_KEEP);
  const action = one?.[2];
  if (action !== undefined && exchange.req.method === 'PUT')
    return endQuery(coordinator, exchange, query, action);
  return sendValue(exchange, uiQuery(query, base, now), NOT_TO_KEEP_LINES);
}
