/** OAuth2 handshakes by cookie: cases 43 and 44 (45 needs both gateways at once). */
import { createHmac } from 'node:crypto';
import { type Reply, send } from '../client.ts';
import type { Row } from '../compare.ts';
import { headersOf } from '../http.ts';
import { observe, type Side, type Stage } from '../observe.ts';
import { get } from './row.ts';

export const SECRET = 'kjlhbfrewbyuo452cds3dc1234ancdsjh';

export const COOKIES_ON = { gatewayCookieConfiguration: { enabled: true, cookieSigningSecret: SECRET } };

const setCookies = ({ headers }: Reply): readonly string[] => headersOf(headers, 'set-cookie');

/** The value of the gateway's cookie in an answer. */
export function cookieIn(reply: Reply): string {
  return /TG\.OAUTH2="?([^";]*)/.exec(setCookies(reply).join('\n'))?.[1] ?? '';
}

/** The cookie's text, with what changes per run replaced and whether its signature holds. */
function decoded(value: string, stage: Stage): unknown {
  const text = Buffer.from(value, 'base64url').toString();
  const unsigned = text.replace(/ {2}"signature" : "[0-9a-f]+",?\n/, '');
  const signature = /"signature" : "([0-9a-f]+)"/.exec(text)?.[1];
  const holds = signature === createHmac('sha256', SECRET).update(unsigned).digest('hex');
  return {
    padded: value.length % 4 === 0,
    'signature holds': holds,
    text: text
      .replace(signature ?? '', '<signature>')
      .replace(/"ts" : \d+/, '"ts" : <time>')
      .replace(stage.blue.url, '<blue>')
      .replace(stage.green.url, '<green>'),
  };
}

const attributes = (reply: Reply): readonly string[] =>
  setCookies(reply).map((line) => line.replace(/TG\.OAUTH2="?[^;]{20,}/, 'TG.OAUTH2=<value>'));

const first = (side: Side) => send(side.port, get('/oauth2/token/initiate/abc'));

const withCookie = (
  name: string,
  id: number,
  target: string,
  change: (value: string) => string,
  better?: Row['better'],
): Row => ({
  id,
  name,
  run: async (side, stage) => {
    const value = cookieIn(await first(side));
    return observe(side, stage, get(target, [['Cookie', `a=b; TG.OAUTH2=${change(value)}`]]));
  },
  ...(better !== undefined && { better }),
});

/** The same cookie, made a day ago and signed again. */
function aged(value: string): string {
  const text = Buffer.from(value, 'base64url')
    .toString()
    .replace(/"ts" : (\d+)/, (_, ts) => `"ts" : ${Number(ts) - 86_400_000}`);
  const unsigned = text.replace(/ {2}"signature" : "[0-9a-f]+",?\n/, '');
  const signature = createHmac('sha256', SECRET).update(unsigned).digest('hex');
  return Buffer.from(text.replace(/"signature" : "[0-9a-f]+"/, `"signature" : "${signature}"`))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

const REFUSED = {
  why: 'a cookie that is not ours is 400, the client’s fault; Java answers 500',
  ours: { answer: { status: 400 } },
};

export const COOKIES: readonly Row[] = [
  {
    id: 43,
    name: 'set on /oauth2/…',
    run: async (side, stage) => {
      const reply = await first(side);
      return { attributes: attributes(reply), cookie: decoded(cookieIn(reply), stage) };
    },
  },
  withCookie('reused on /oauth2/…', 43, '/oauth2/token/abc', (value) => value),
  withCookie('deleted on /oauth2/logout', 43, '/oauth2/logout', (value) => value),
  withCookie('not looked at on /v1/info', 43, '/v1/info', (value) => value),
  withCookie('expired', 43, '/oauth2/token/abc', aged),
  withCookie('tampered', 44, '/oauth2/token/abc', (value) => `${value.slice(0, -8)}AAAAAAA=`, REFUSED),
  withCookie('another name that begins with TG.', 44, '/oauth2/token/abc', () => 'x; TG.OTHER=abc', REFUSED),
];
