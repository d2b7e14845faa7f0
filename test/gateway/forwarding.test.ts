// The ways in which clusters learn the clients' address: found out by the probe, and each keeps nextUri at the gateway.
import { expect, test } from 'vitest';
import type { Page } from './helpers.ts';
import { call, fake, finish, gateway, post } from './helpers.ts';

const WAYS = [
  ['forwarded', { rejectForwarded: false, isVirtualHost: false }],
  ['preserve-host', { rejectForwarded: true, isVirtualHost: false }],
  ['rewrite', { rejectForwarded: true, isVirtualHost: true }],
] as const;

test.each(WAYS)('%s is found out, told, and brings clients back to the gateway', async (way, knobs) => {
  const blue = Object.assign(await fake(), { pages: 3, ...knobs });
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url }] });
  await gw.until('blue', { trinoStatus: 'HEALTHY', forwarding: way });
  expect(gw.log.lines.filter(({ fields }) => fields.forwarding === way)).toHaveLength(1);
  expect((await call(`${gw.url}/metrics`)).text()).toContain(
    `rehearse_gateway_backend_forwarding{backend="blue",group="adhoc",way="${way}"} 1`,
  );
  const page = await post(gw.url, 'SELECT 1');
  expect(new URL(page.nextUri ?? '').origin).toBe(gw.url);
  expect((await finish(page)).data).toEqual([[1]]);
});

test('rewrite: redirects and the addresses of handshakes too, in the name that the outermost proxy gave; rows stay as they are', async () => {
  const blue = Object.assign(await fake(), { isVirtualHost: true });
  const gw = await gateway({ backends: [{ name: 'blue', proxyTo: blue.url, forwarding: 'rewrite' }] });
  await gw.until('blue', { trinoStatus: 'HEALTHY' });
  const row = `"nextUri":"${blue.url}/x" \u00e4\u{1f600}`;
  blue.hook = ({ url, ...asked }, response) => {
    if (asked.header('x-trino-user') === 'rehearse-probe') return false;
    if (url === '/ui/') response.writeHead(303, { Location: `${blue.url}/ui/login.html` }).end();
    else if (url.startsWith('/v1/statement/executing/'))
      blue.json(response, {
        id: '20261121_050607_00000_aaaaa',
        infoUri: `${blue.url}/ui/query.html?x`,
        nextUri: `${blue.url}/v1/statement/executing/20261121_050607_00000_aaaaa/y/2`,
        data: [[row]],
      });
    else return false;
    return true;
  };
  const headers = { 'x-forwarded-host': 'trino.example', 'x-forwarded-proto': 'https' };
  const moved = await call(`${gw.url}/ui/`, { headers });
  expect(moved.headers.location).toBe('https://trino.example/ui/login.html');
  const path = '/v1/statement/executing/20261121_050607_00000_aaaaa/y/1';
  const page = (await call(`${gw.url}${path}`, { headers })).json() as Page & { infoUri: string };
  expect([page.infoUri, page.nextUri]).toEqual([
    'https://trino.example/ui/query.html?x',
    'https://trino.example/v1/statement/executing/20261121_050607_00000_aaaaa/y/2',
  ]);
  expect(page.data).toEqual([[row]]);
});
