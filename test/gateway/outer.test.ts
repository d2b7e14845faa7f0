// What outer proxies say of the clients' address: heard where it is well formed, and else as if it had not been said.
import { describe, expect, test } from 'vitest';
import { type ClientSide, outerBase, requestLines } from '../../gateway/proxy/headers.ts';
import { isUnfit } from '../../gateway/proxy/outer.ts';
import { fieldName } from '../../gateway/relay/fields.ts';
import { call, fake, gateway, type Page } from './helpers.ts';

const client = (...lines: readonly (readonly [string, string])[]): ClientSide => ({
  fields: { names: lines.map(([name]) => fieldName(name)), values: lines.map(([, value]) => value) },
  connection: undefined,
  host: 'gw:8080',
  address: '10.0.0.1',
  isSecure: false,
});

const HOSTS = [
  ['trino.example', 'http://trino.example'],
  ['trino.example:8443', 'http://trino.example:8443'],
  ['trino_a.example.', 'http://trino_a.example.'],
  ['10.1.2.3:1', 'http://10.1.2.3:1'],
  ['[2001:db8::1]', 'http://[2001:db8::1]'],
  ['[2001:db8::1]:65535', 'http://[2001:db8::1]:65535'],
  ['outer.example, inner.example', 'http://outer.example'],
] as const;

const NO_HOSTS = [
  '',
  ' ',
  ',',
  ':8080',
  'a:',
  'a:0',
  'a:65536',
  'a:80:90',
  'a:x',
  'a b',
  'a\tb',
  'a\r\nX-Evil: 1',
  'a\nb',
  'a\u0000',
  'user@evil.example',
  'evil.example/',
  'evil.example/path',
  'evil.example#x',
  'evil.example?x',
  'http://evil.example',
  '//evil.example',
  'a\\b',
  'a"b',
  "a'b",
  'a<b',
  'a$&b',
  'a..b',
  '.a',
  'é.example',
  '[::1',
  '::1',
  '[evil.example]',
  'good.example, user@evil.example',
  'user@evil.example, good.example',
  'a'.repeat(300),
];

describe('X-Forwarded-Host', () => {
  test.each(HOSTS)('%j is heard', (value, base) => {
    const asked = client(['X-Forwarded-Host', value]);
    expect(outerBase(asked, true)).toBe(base);
    const [first] = value.split(',');
    expect(requestLines(asked, 'forwarded').lines).toContain(`\r\nX-Forwarded-Host: ${first}\r\n`);
    expect(outerBase(asked, false)).toBe('http://gw:8080');
  });

  test.each(NO_HOSTS)('%j is as if it had not been said', (value) => {
    const asked = client(['X-Forwarded-Host', value]);
    expect(outerBase(asked, true)).toBe('http://gw:8080');
    expect(requestLines(asked, 'forwarded').lines).toBe(requestLines(client(), 'forwarded').lines);
  });
});

describe('X-Forwarded-Proto', () => {
  test.each(['https', 'HTTPS', 'https, http'])('%j is https', (value) => {
    const asked = client(['X-Forwarded-Proto', value]);
    expect(outerBase(asked, true)).toBe('https://gw:8080');
    expect(requestLines(asked, 'forwarded').lines).toContain('X-Forwarded-Proto: https\r\n');
  });

  test.each([
    '',
    'ftp',
    'javascript',
    'https:',
    'https://evil.example/?',
    'https\r\nX-Evil: 1',
    'http s',
    'https, javascript',
  ])('%j is as if it had not been said', (value) => {
    const asked = client(['X-Forwarded-Proto', value]);
    expect(outerBase(asked, true)).toBe('http://gw:8080');
    expect(requestLines(asked, 'forwarded').lines).toBe(requestLines(client(), 'forwarded').lines);
  });
});

describe('port and prefix', () => {
  const HOST = ['X-Forwarded-Host', 'trino.example'] as const;

  test('are heard', () => {
    const asked = client(HOST, ['X-Forwarded-Port', '8443'], ['X-Forwarded-Prefix', '/team-a/trino/']);
    expect(outerBase(asked, true)).toBe('http://trino.example:8443/team-a/trino');
    expect(requestLines(asked, 'forwarded', { prefix: '/~k' }).lines).toContain(
      'X-Forwarded-Prefix: /team-a/trino/~k\r\n',
    );
  });

  test.each(['', '0', '65536', '80x', '-1', '8 0', '80/evil', '80@evil', '80\r\nX-Evil: 1', '123456'])(
    'the port %j is not',
    (port) => {
      const asked = client(HOST, ['X-Forwarded-Port', port]);
      expect(outerBase(asked, true)).toBe('http://trino.example');
      expect(requestLines(asked, 'forwarded').lines).toBe(requestLines(client(HOST), 'forwarded').lines);
    },
  );

  test.each([
    'evil',
    '//evil.example',
    '/a//b',
    '/a b',
    '/a"b',
    '/a\r\nX-Evil: 1',
    '/a?b',
    '/a#b',
    '/a\\b',
    '/$&',
  ])('the prefix %j is not', (prefix) => {
    const asked = client(HOST, ['X-Forwarded-Prefix', prefix]);
    expect(outerBase(asked, true)).toBe('http://trino.example');
    expect(requestLines(asked, 'forwarded').lines).toBe(requestLines(client(HOST), 'forwarded').lines);
    expect(requestLines(asked, 'forwarded', { prefix: '/~k' }).lines).toContain(
      'X-Forwarded-Prefix: /~k\r\n',
    );
  });
});

test.each([
  ['for=1.2.3.4', false],
  ['for=1.2.3.4;host=trino.example:8443;proto=https', false],
  ['for="[2001:db8::1]";host="[2001:db8::1]:80", for=b', false],
  ['host="user@evil.example"', true],
  ['for=a;Host="evil.example/x"', true],
  ['for=a, host=good;proto=javascript', true],
  ['host="a\\"b"', true],
  ['host=', true],
])('Forwarded: %s goes no further: %s', (value, unfit) => {
  expect(isUnfit('forwarded', value)).toBe(unfit);
  expect(/forwarded: (?:for|host)/i.test(requestLines(client(['Forwarded', value]), 'forwarded').lines)).toBe(
    !unfit,
  );
});

test.each(['better', 'strict'] as const)(
  'compat: %s: what a client says in a proxy’s name does not become an address, whichever way the backend is told',
  async (compat) => {
    const blue = Object.assign(await fake(), { pages: 3 });
    const virtual = Object.assign(await fake(), { pages: 3, isVirtualHost: true });
    const gw = await gateway({
      compat,
      listen: { port: 0, processForwarded: 'accept' },
      backends: [
        { name: 'blue', proxyTo: blue.url, forwarding: 'forwarded' },
        { name: 'virtual', proxyTo: virtual.url, routingGroup: 'v', forwarding: 'rewrite' },
      ],
    });
    await gw.until('blue', { trinoStatus: 'HEALTHY' });
    await gw.until('virtual', { trinoStatus: 'HEALTHY' });
    for (const group of ['adhoc', 'v'])
      for (const [host, wanted] of [
        ['trino.example:8443', 'trino.example:8443'],
        ['user@evil.example', new URL(gw.url).host],
        ['evil.example/x', new URL(gw.url).host],
      ] as const) {
        const answer = await call(`${gw.url}/v1/statement`, {
          method: 'POST',
          body: 'SELECT 1',
          headers: {
            'x-trino-user': 'test',
            'x-trino-routing-group': group,
            'x-forwarded-host': host,
            'x-forwarded-proto': 'https',
          },
        });
        const { nextUri = '' } = answer.json() as Page;
        expect([group, host, new URL(nextUri).host]).toEqual([group, host, wanted]);
      }
  },
);
