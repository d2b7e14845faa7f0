/** Which requests are proxied: cases 1 and 2. */
import type { Row } from '../compare.ts';
import { api, get, MARK, one } from './row.ts';

export const WHITELIST = {
  extraWhitelistPaths: ['/custom.*', '/exact'],
  additionalStatementPaths: ['/custom/api/statement/'],
};

const PROXIED = [
  '/v1/statement',
  '/v1/statementX',
  '/v1/query',
  '/v1/spooled',
  '/v1/spooled/download/abc',
  '/ui',
  '/ui/',
  '/ui/api/stats',
  '/v1/info',
  '/v1/infoX',
  '/v1/info/state',
  '/v1/node',
  '/v1/nodeX',
  '/oauth2',
  '/oauth2x',
  '/v1/info?x=%2F&y=a+b&z',
  '/ui/a;b=c',
];

const NOT_PROXIED = [
  '/v1/status',
  '/v1/cluster',
  '/v1/task',
  '/v1/memory',
  '/v1',
  '/V1/info',
  '/nosuch',
  '/favicon.ico',
];

/** Refused, with 400 as by Java or as a path that is not proxied. */
const ODD = ['//v1/info', '/v1//info', 'http://other.test/v1/info', '/x/../v1/info'];
const BROKEN = ['/ui/%zz', '/ui/%00'];

const statusOnly = (row: Row): Row => ({
  ...row,
  run: async (side, stage) => {
    const { answer, ...rest } = (await row.run(side, stage)) as { answer: { status: number } };
    return { ...rest, status: answer.status };
  },
});

export const PATHS: readonly Row[] = [
  ...PROXIED.map((path) => one(1, `GET ${path} is proxied`, get(path), { without: ['set-cookie'] })),
  ...NOT_PROXIED.map((path) => one(1, `GET ${path} is not`, get(path))),
  one(1, 'GET / leads to the console', get('/'), {
    better: {
      why: 'the redirect is relative, so it holds behind any proxy',
      ours: { answer: { status: 303, headers: { location: [/^(http:\/\/<gateway>)?\/trino-gateway\/?$/] } } },
    },
    evenStrict: true,
  }),
  ...['HEAD', 'DELETE'].map((method) =>
    statusOnly(one(1, `${method} /v1/info`, { method, target: '/v1/info', headers: MARK })),
  ),
  statusOnly(
    one(
      1,
      'OPTIONS /v1/info',
      { method: 'OPTIONS', target: '/v1/info', headers: MARK },
      {
        better: {
          why: 'OPTIONS is refused or passed on: Java’s description of its own classes (WADL) helps nobody',
          ours: { status: /^(200|204|405)$/ },
        },
        evenStrict: true,
      },
    ),
  ),
  ...['PUT', 'POST'].map((method) =>
    one(1, `${method} /v1/info/state with a body`, { ...api(method, '/v1/info/state', '"x"') }),
  ),
  ...['PATCH', 'TRACE', 'FOO'].map((method) =>
    one(
      1,
      `${method} is refused`,
      { method, target: '/v1/info', headers: MARK },
      {
        better: {
          why: 'the refusal says what is wrong',
          ours: { answer: { status: 405, headers: { allow: [/GET/] } } },
        },
        evenStrict: true,
      },
    ),
  ),
  ...ODD.map((path) =>
    statusOnly(
      one(1, `GET ${path}`, get(path), {
        better: {
          why: 'refused or not proxied: no backend sees it',
          ours: { status: /^4(00|04|21)$/, 'at blue': undefined },
        },
        evenStrict: true,
      }),
    ),
  ),
  statusOnly(
    one(1, 'GET /v1/%69nfo', get('/v1/%69nfo'), {
      better: {
        why: 'refused or not proxied: no backend sees it',
        ours: { status: /^4(00|04)$/, 'at blue': undefined },
      },
      evenStrict: true,
    }),
  ),
  ...BROKEN.map((path) => statusOnly(one(1, `GET ${path}`, get(path)))),
  statusOnly(
    one(1, 'GET /ui/a%2Fb', get('/ui/a%2Fb'), {
      better: { why: 'an escaped slash is the coordinator’s to judge, not 400', ours: { status: 200 } },
      evenStrict: true,
    }),
  ),
  statusOnly(
    one(1, 'GET /v1/info/../../gateway', get('/v1/info/../../gateway'), {
      better: { why: 'a path that climbs out is refused, not passed on', ours: { status: 400 } },
      evenStrict: true,
    }),
  ),
  ...['/custom1', '/exact'].map((path) => one(2, `GET ${path} is whitelisted`, get(path))),
  ...['/xcustom', '/exact/', '/exact/b'].map((path) =>
    one(2, `GET ${path} is not, the pattern matches whole paths`, get(path)),
  ),
];
