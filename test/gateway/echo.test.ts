// What a client sends is repeated in no answer of the gateway's own beyond its beginning.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { MOST_ECHOED } from '../../src/base/shorten.ts';
import { fake, gateway } from './helpers.ts';

const LONG = 'Q'.repeat(60_000);

/** Sends a head as it is; answers all that comes back until the server closes. */
function raw(url: string, head: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\n${body}`));
    let got = '';
    socket.on('data', (part) => {
      got += part;
    });
    socket.on('close', () => resolve(got));
    socket.on('error', (error) => (got === '' ? reject(error) : resolve(got)));
  });
}

const REST = 'Host: gateway\r\nConnection: close';
const json = (body: object) => {
  const text = JSON.stringify(body);
  return [`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`, text] as const;
};
const posted = (path: string, body: object): readonly [string, string] => {
  const [lines, text] = json(body);
  return [`POST ${path} HTTP/1.1\r\n${REST}\r\n${lines}`, text];
};
const line = (text: string, path = '/gateway/backend/all', more = REST): readonly [string, string] => [
  `GET ${path} HTTP/1.1\r\n${more}\r\n${text}`,
  '',
];
const target = (path: string, method = 'GET', more = ''): readonly [string, string] => [
  `${method} ${path} HTTP/1.1\r\n${REST}${more}`,
  '',
];
const post = (path: string) => target(path, 'POST', '\r\nContent-Length: 0');

const BACKEND = { proxyTo: 'http://127.0.0.1:9', name: 'x' };
const QUESTIONS: Readonly<Record<string, readonly [string, string]>> = {
  'a method of the admin API': target('/gateway/backend/all', LONG),
  'a method of nothing known': target('/nothing', LONG),
  'a method of statements': target('/v1/statement', LONG),
  'a method of the console': target('/trino-gateway', LONG),
  'a method of the clusters': target('/v1/info', LONG),
  'a method of the clusters, 100 kB': target('/v1/info', 'Q'.repeat(100_000)),
  'a method of ours': target('/rehearse/v1/status', LONG),
  'a method with a body': target('/rehearse/v1/status', LONG, '\r\nContent-Length: 1'),
  'a path of nothing known': target(`/${LONG}`),
  'a path with a bad escape': target(`/%zz${LONG}`),
  'a path with an escaped slash': target(`/gateway/%2f%2f${LONG}`),
  'a query id': target(`/v1/statement/queued/${LONG}/y/1`),
  'a segment': target(`/v1/spooled/download/${LONG}`),
  'a backend to activate': post(`/gateway/backend/activate/${LONG.slice(0, 250)}`),
  'a backend to activate, too long': post(`/gateway/backend/activate/${LONG}`),
  'a backend to look at': target(`/api/public/backends/${LONG}/state`),
  'a backend to drain': post(`/rehearse/v1/backends/${LONG.slice(0, 250)}/drain`),
  'a backend to share': [
    `POST /rehearse/v1/backends/${LONG.slice(0, 250)}/share HTTP/1.1\r\n${REST}\r\n${json({ percent: 1 })[0]}`,
    json({ percent: 1 })[1],
  ],
  'an entity': target(`/entity/${LONG.slice(0, 250)}`),
  'a type of entity': post(`/entity?entityType=${LONG}`),
  'a query string': target(`/rehearse/v1/queries?limit=${LONG}`),
  'another host': target(`http://${LONG}/v1/info`),
  'a version': [`GET / ${LONG}\r\n${REST}`, ''],
  'a Host': line('', '/v1/info', `Host: ${LONG}\r\nConnection: close`),
  'a Content-Length': line(`Content-Length: ${LONG}`),
  'a Transfer-Encoding': line(`Transfer-Encoding: ${LONG}`),
  'an Expect': line(`Expect: ${LONG}`),
  'an Upgrade': line(`Upgrade: ${LONG}`),
  'a name of a header': line(`${LONG} x: y`),
  'an Authorization': line(`Authorization: Basic ${LONG}`),
  'an Origin': line(`Origin: ${LONG}\r\nSec-Fetch-Site: ${LONG}`),
  'a Content-Type': [
    `POST /webapp/saveBackend HTTP/1.1\r\n${REST}\r\nContent-Type: application/${LONG}\r\nContent-Length: 2`,
    '{}',
  ],
  'a cookie': line(`Cookie: TG.${LONG}=${LONG}`, '/oauth2/callback'),
  'a callback': target(`/oidc/callback?error=${LONG}&error_description=${LONG}&state=${LONG}`),
  'a cluster to pin to': line(`X-Trino-Cluster: ${LONG}`, '/v1/info'),
  'a group': [
    `POST /v1/statement HTTP/1.1\r\n${REST}\r\nX-Trino-Routing-Group: ${LONG}\r\nX-Trino-User: ${LONG}\r\nContent-Length: 8`,
    'SELECT 1',
  ],
  'a group that holds nothing': line(`X-Trino-Routing-Group: ${LONG}`, '/v1/info'),
  'a name that is taken': posted('/gateway/backend/modify/add', { ...BACKEND, name: LONG.slice(0, 250) }),
  'a name of a backend': posted('/gateway/backend/modify/add', { ...BACKEND, name: LONG }),
  'a URL of a backend': posted('/webapp/saveBackend', { ...BACKEND, proxyTo: LONG }),
  'a URL of a backend with a password': posted('/webapp/saveBackend', {
    ...BACKEND,
    proxyTo: `http://u:p@${LONG}`,
  }),
  'a field of ours': posted('/rehearse/v1/explain', { [LONG]: 1 }),
  'a value of ours': posted('/rehearse/v1/explain', { method: [LONG], path: 7, user: { [LONG]: 1 } }),
  'a name of a header of ours': posted('/rehearse/v1/explain', { headers: { [LONG]: 7 } }),
  'a rule': posted('/webapp/updateRoutingRules', { name: LONG, condition: LONG, actions: [LONG] }),
  'a filter of the history': posted('/webapp/findQueryHistory', { page: LONG, [LONG]: 1 }),
  'a login': posted('/login', { username: LONG, password: LONG }),
  'a body that is no JSON': [
    `POST /webapp/saveBackend HTTP/1.1\r\n${REST}\r\nContent-Type: application/json\r\nContent-Length: ${LONG.length}`,
    LONG,
  ],
};

test.each(['better', 'strict'] as const)('with compat: %s, nothing long comes back', async (compat) => {
  const blue = await fake();
  const backends = [
    { name: 'blue', proxyTo: blue.url },
    { name: LONG.slice(0, 250), proxyTo: 'http://127.0.0.1:9', active: false },
  ];
  const { url } = await gateway({
    compat,
    backends,
    routing: { holdFor: '0s', emptyGroup: 'refuse', pin: { sources: ['*'] } },
  });
  const longest: [string, number, string][] = [];
  for (const [what, [head, body]] of Object.entries(QUESTIONS)) {
    const answer = await raw(url, head, body);
    const [, status] = /^HTTP\/1.1 (\d+) /.exec(answer) ?? [];
    expect([what, status]).toEqual([what, expect.any(String)]);
    // What is there, and what a cluster says, is told whole.
    if (Number(status) < 400) continue;
    const most = Math.max(0, ...[...answer.matchAll(/Q+/g)].map(([run]) => run.length));
    if (most > MOST_ECHOED) longest.push([what, most, answer.slice(0, 100)]);
  }
  expect(longest).toEqual([]);
});
