/** Which base the addresses in an answer have: section 5. */
import type { Exchange } from './compare.ts';
import { masked } from './observe.ts';
import { type Call, post, run, type Side, send } from './wire.ts';

const CASES: Readonly<Record<string, NonNullable<Call['headers']>>> = {
  nothing: {},
  Host: { Host: 'other.example:81' },
  'Host with the default port': { Host: 'other.example:80' },
  'X-Forwarded-Host': { 'X-Forwarded-Host': 'gw' },
  'host with port, and proto': { 'X-Forwarded-Host': 'gw:8443', 'X-Forwarded-Proto': 'https' },
  'host with the default port': { 'X-Forwarded-Host': 'gw:443', 'X-Forwarded-Proto': 'https' },
  'host with the other default port': { 'X-Forwarded-Host': 'gw:80', 'X-Forwarded-Proto': 'https' },
  'proto only': { 'X-Forwarded-Proto': 'https' },
  'proto only, Host without port': { Host: 'gw', 'X-Forwarded-Proto': 'https' },
  'port only': { 'X-Forwarded-Port': '444' },
  'port and proto': { 'X-Forwarded-Port': '444', 'X-Forwarded-Proto': 'https' },
  'port beside a port in host': { 'X-Forwarded-Host': 'gw:8443', 'X-Forwarded-Port': '444' },
  'port beside host': { 'X-Forwarded-Host': 'gw', 'X-Forwarded-Port': '444' },
  'port 443 beside host and proto': {
    ...{ 'X-Forwarded-Host': 'gw', 'X-Forwarded-Port': '443', 'X-Forwarded-Proto': 'https' },
  },
  prefix: { 'X-Forwarded-Prefix': '/gw/a' },
  'prefix with a slash at the end': { 'X-Forwarded-Prefix': '/gw/' },
  'prefix without a slash': { 'X-Forwarded-Prefix': 'gw' },
  'prefix of a slash': { 'X-Forwarded-Prefix': '/' },
  'prefix and host': { 'X-Forwarded-Host': 'gw', 'X-Forwarded-Prefix': '/a' },
  'two prefixes': { 'X-Forwarded-Prefix': '/outer, /inner' },
  'two hosts in a line': { 'X-Forwarded-Host': 'outer:1, inner:2' },
  'two lines of hosts': { 'X-Forwarded-Host': ['outer:1', 'inner:2'] },
  'two protos': { 'X-Forwarded-Host': 'gw', 'X-Forwarded-Proto': 'https, http' },
  'two ports': { 'X-Forwarded-Port': '444, 555' },
  Forwarded: { Forwarded: 'host=f:5;proto=https' },
  'Forwarded beside X-Forwarded-Host': { Forwarded: 'host=f:5;proto=https', 'X-Forwarded-Host': 'gw' },
  'Forwarded with quotes, two of them': { Forwarded: 'host="f:5";proto=https, host=g' },
  'Forwarded without host': { Forwarded: 'for=1.2.3.4;proto=https' },
  'X-Forwarded-Server': { 'X-Forwarded-Server': 'srv' },
  'X-Forwarded-Server beside X-Forwarded-Host': { 'X-Forwarded-Server': 'srv', 'X-Forwarded-Host': 'gw' },
  'X-Forwarded-For only': { 'X-Forwarded-For': '1.2.3.4' },
  IPv6: { 'X-Forwarded-Host': '[::1]:8080' },
  'IPv6 without port': { 'X-Forwarded-Host': '[::1]', 'X-Forwarded-Proto': 'https' },
};

const based = (name: string, headers: NonNullable<Call['headers']>): Exchange => ({
  name: `addresses by ${name}`,
  run: async (on) => {
    const { results } = await post(on, 'SELECT 1', headers);
    return { nextUri: masked(on, results.nextUri ?? 'none'), infoUri: masked(on, results.infoUri ?? 'none') };
  },
});

/** Each poll has its own base, and so have redirects. */
async function eachPoll(on: Side) {
  const first = await post(on, 'SELECT 1', { 'X-Forwarded-Prefix': '/a' });
  const path = (uri: string | undefined) => (uri ?? '').replace(/^.*(?=\/v1\/)/, '');
  const polled = await send(on, path(first.results.nextUri), { headers: { 'X-Forwarded-Host': 'gw' } });
  const home = await send(on, '/', { headers: { 'X-Forwarded-Host': 'gw', 'X-Forwarded-Prefix': '/a' } });
  const { nextUri } = JSON.parse(polled.text) as { nextUri: string };
  const location = home.headers.find(([name]) => name === 'location')?.[1] ?? 'none';
  return { poll: masked(on, nextUri).replace(/(queued|executing).*/, ''), redirect: masked(on, location) };
}

/** The address for cancelling a part has the base too. */
async function lastPage(on: Side) {
  const pages = await run(on, 'SELECT 1');
  const uris = pages.flatMap(({ results }) => results.partialCancelUri ?? []);
  return uris.map((uri) => masked(on, uri).replace(/\d+$/, '')).slice(0, 1);
}

export const addresses: readonly Exchange[] = [
  ...Object.entries(CASES).map(([name, headers]) => based(name, headers)),
  { name: 'addresses of each poll', run: eachPoll },
  { name: 'address of a partial cancel', run: lastPage },
];
