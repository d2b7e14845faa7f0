/** Single requests and the rules of tokens: sections 1.1 to 1.3. */
import type { Allowed, Exchange } from './compare.ts';
import { headSeen, type Seen, seen } from './observe.ts';
import {
  type Call,
  follow,
  isDispatched,
  next,
  nextUri,
  type Page,
  pageOf,
  post,
  type Side,
  send,
  USER,
} from './wire.ts';

/** Runs for minutes on both servers. */
export const SLOW = 'SELECT count(*) FROM tpch.sf1.lineitem a CROSS JOIN tpch.tiny.lineitem b';

const SLUG = `y${'0'.repeat(40)}`;
const GHOST_ID = '20200101_000000_00000_aaaaa';

const one = (name: string, path: string, call: Call = {}): Exchange => ({
  name,
  run: async (on) => seen(on, await send(on, path, call)),
});

const posted = (name: string, headers: Call['headers'] = {}, body = 'SELECT 1'): Exchange =>
  one(`POST ${name}`, '/v1/statement', { method: 'POST', body, headers });

const asTester = (name: string, headers: Call['headers'], body?: string): Exchange =>
  posted(name, { ...USER, ...headers }, body);

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

const posts: readonly Exchange[] = [
  posted('as a user', USER),
  posted('without user'),
  posted('as an original user only', { 'X-Trino-Original-User': 'tester' }),
  posted('with Basic and no password', basic('tester:')),
  posted('with Basic and a password', basic('tester:secret')),
  posted('with an empty body', USER, ''),
  posted('with a blank body', USER, '  \n '),
  asTester('with a malformed session property', { 'X-Trino-Session': 'nonsense' }),
  asTester('with two signs in a session property', { 'X-Trino-Session': 'a=b=c' }),
  asTester('with a schema and no catalog', { 'X-Trino-Schema': 'tiny' }),
  asTester('with a malformed estimate', { 'X-Trino-Resource-Estimate': 'CPU_TIME=never' }),
  asTester('with an unknown estimate', { 'X-Trino-Resource-Estimate': 'MOOD=1h' }),
  asTester('with a transaction that is no UUID', { 'X-Trino-Transaction-Id': 'nonsense' }),
  asTester('with a malformed prepared statement', { 'X-Trino-Prepared-Statement': 'nonsense' }),
  asTester('with a malformed role', { 'X-Trino-Role': 'system=nonsense' }),
  asTester('as text', { 'Content-Type': 'text/plain; charset=utf-8' }),
  asTester('as a form', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  asTester('for gzip', { 'Accept-Encoding': 'gzip' }),
  asTester('for gzip among others', { 'Accept-Encoding': 'br, gzip;q=0.8, deflate' }),
  asTester('for identity', { 'Accept-Encoding': 'identity' }),
  asTester('with a long header', { 'X-Trino-Client-Info': 'x'.repeat(200_000) }),
];

const TYPE_OF_NOTHING: Allowed = {
  at: 'headers/content-type',
  why: 'the real server names the type of a 404 without a body, in this one case; no client sends it',
};

const roots: readonly Exchange[] = [
  one('GET /v1/statement', '/v1/statement', { headers: USER }),
  one('PUT /v1/statement', '/v1/statement', { method: 'PUT', headers: USER, body: 'SELECT 1' }),
  one('DELETE /v1/statement', '/v1/statement', { method: 'DELETE', headers: USER }),
  one('HEAD /v1/statement', '/v1/statement', { method: 'HEAD', headers: USER }),
  one('HEAD /v1/statement without user', '/v1/statement', { method: 'HEAD' }),
  ...(['queued', 'executing'] as const).flatMap((stretch) =>
    ['GET', 'HEAD', 'DELETE'].flatMap((method) => [
      one(`${method} ${stretch}, unknown id`, `/v1/statement/${stretch}/${GHOST_ID}/${SLUG}/1`, { method }),
      {
        ...one(`${method} ${stretch}, bad id`, `/v1/statement/${stretch}/NO-ID/${SLUG}/1`, { method }),
        allowed: method === 'HEAD' && stretch === 'executing' ? [TYPE_OF_NOTHING] : [],
      },
    ]),
  ),
  one('GET executing, token is no number', `/v1/statement/executing/${GHOST_ID}/${SLUG}/x`),
  one('PUT executing', `/v1/statement/executing/${GHOST_ID}/${SLUG}/1`, { method: 'PUT', body: '' }),
  one('PUT queued', `/v1/statement/queued/${GHOST_ID}/${SLUG}/1`, { method: 'PUT', body: '' }),
  one('GET executing, no slug', `/v1/statement/executing/${GHOST_ID}/1`),
  one('DELETE partialCancel, unknown id', `/v1/statement/executing/partialCancel/${GHOST_ID}/0/${SLUG}/1`, {
    method: 'DELETE',
  }),
];

const wrongSlug = (uri: string) => uri.replace(/y[0-9a-f]{40}/, SLUG);
const farToken = (uri: string) => uri.replace(/\d+$/, '77');

async function queuedRules(on: Side): Promise<Seen> {
  const first = await post(on, 'SELECT 1');
  const [uri1, wrong, far] = [nextUri(first), wrongSlug(nextUri(first)), farToken(nextUri(first))];
  const head = await send(on, uri1, { method: 'HEAD' });
  const second = await next(on, first);
  const again = await next(on, first);
  const third = isDispatched(second) ? second : await next(on, second);
  const thirdAgain = isDispatched(second) ? again : await next(on, second);
  return {
    HEAD: seen(on, head),
    'wrong slug': seen(on, await send(on, wrong)),
    'HEAD, wrong slug': seen(on, await send(on, wrong, { method: 'HEAD' })),
    'DELETE, wrong slug': seen(on, await send(on, wrong, { method: 'DELETE' })),
    'far token': seen(on, await send(on, far)),
    'first answer': seen(on, second.reply),
    'the same again': String(again.reply.status),
    'last again after dispatch': String(thirdAgain.results.nextUri === third.results.nextUri),
    older: isDispatched(second) ? 'dispatched at once' : seen(on, await send(on, uri1)),
    rest: await restOf(on, third),
  };
}

async function restOf(on: Side, page: Page): Promise<Seen> {
  const last = await follow(on, page, () => false);
  return last.results.stats.state;
}

async function executingRules(on: Side): Promise<Seen> {
  const first = await follow(on, await post(on, 'SELECT 1'), isDispatched);
  const addresses = [nextUri(first)];
  const begun = await next(on, first);
  const again = await send(on, addresses[0] ?? '');
  const ahead = farToken(nextUri(begun));
  let page = begun;
  while (page.results.nextUri !== undefined) {
    addresses.push(page.results.nextUri);
    page = await next(on, page);
  }
  const lastUri = addresses.at(-1) ?? '';
  const older = await send(on, addresses[0] ?? '');
  const last = await send(on, lastUri);
  const headOfLast = await send(on, lastUri, { method: 'HEAD' });
  const deleted = await send(on, lastUri, { method: 'DELETE' });
  const afterCut = await send(on, lastUri);
  return {
    'same token, identical': String(again.text === begun.reply.text),
    'same token, head': headSeen(on, again),
    'far token': seen(on, await send(on, ahead)),
    older: seen(on, older),
    'last again after the end': String(last.text === page.reply.text),
    'HEAD after the end': seen(on, headOfLast),
    'HEAD of an older one': seen(on, await send(on, addresses[0] ?? '', { method: 'HEAD' })),
    'wrong slug': seen(on, await send(on, wrongSlug(lastUri))),
    PUT: seen(on, await send(on, lastUri, { method: 'PUT', body: '' })),
    'DELETE after the end': seen(on, deleted),
    'GET after that': afterCut.text.split('\n')[0] ?? '',
    'GET of an older one after that': String((await send(on, addresses[0] ?? '')).status),
    'GET after that, head': headSeen(on, afterCut),
    'queued address after the end': String((await send(on, nextUri(await post(on, 'SELECT 1')))).status),
  };
}

/** A page of a query that runs. */
export async function running(on: Side): Promise<Page> {
  const isRunning = ({ results, asked }: Page) =>
    results.stats.state === 'RUNNING' && asked.startsWith('executing/') && asked !== 'executing/0';
  return follow(on, await post(on, SLOW), isRunning);
}

async function deletedWhileRunning(on: Side): Promise<Seen> {
  const page = await running(on);
  const uri = nextUri(page);
  const head = await send(on, uri, { method: 'HEAD' });
  const deleted = await send(on, uri, { method: 'DELETE' });
  const served = uri.replace(/\/y[0-9a-f]{40}\/\d+$/, '');
  return {
    'a running page': seen(on, page.reply),
    HEAD: seen(on, head),
    DELETE: seen(on, deleted),
    'GET then': seen(on, await send(on, uri)),
    'GET again': seen(on, await send(on, uri)),
    'DELETE again': seen(on, await send(on, uri, { method: 'DELETE' })),
    'HEAD then': seen(on, await send(on, uri, { method: 'HEAD' })),
    'address without slug': seen(on, await send(on, served)),
  };
}

async function deletedAndReplayed(on: Side): Promise<Seen> {
  const before = await running(on);
  const uri = nextUri(before);
  const page = pageOf('executing', await send(on, uri));
  await send(on, nextUri(page), { method: 'DELETE' });
  const replayed = await send(on, uri);
  return {
    'GET of the token served before': headSeen(on, replayed),
    kind: replayed.text.split('\n')[0] ?? '',
  };
}

async function deletedWhileQueued(on: Side): Promise<Seen> {
  const first = await post(on, SLOW);
  const deleted = await send(on, nextUri(first), { method: 'DELETE' });
  return { DELETE: seen(on, deleted), 'GET then': seen(on, await send(on, nextUri(first))) };
}

/** DELETE while a poll waits: both are answered. */
async function deletedUnderPoll(on: Side): Promise<Seen> {
  const page = await running(on);
  const polled = send(on, nextUri(page));
  const deleted = await send(on, nextUri(page), { method: 'DELETE' });
  return { DELETE: String(deleted.status), poll: String((await polled).status) };
}

async function partlyCancelled(on: Side): Promise<Seen> {
  const page = await running(on);
  const uri = page.results.partialCancelUri ?? '/none';
  const cancelled = await send(on, uri, { method: 'DELETE' });
  const get = await send(on, uri);
  const wrong = await send(on, wrongSlug(uri), { method: 'DELETE' });
  let last = page;
  for (let polls = 0; polls < 4 && last.results.nextUri !== undefined; polls++) last = await next(on, last);
  if (last.results.nextUri !== undefined) await send(on, nextUri(last), { method: 'DELETE' });
  return {
    cancelled: seen(on, cancelled),
    'GET of that address': seen(on, get),
    'wrong slug': seen(on, wrong),
    'in the end': last.results.error?.errorName ?? last.results.stats.state,
  };
}

async function longPoll(on: Side): Promise<Seen> {
  const page = await running(on);
  const from = performance.now();
  const again = pageOf('executing', await send(on, nextUri(page)));
  const seconds = Math.round(performance.now() - from) / 1_000;
  await send(on, nextUri(again), { method: 'DELETE' });
  return {
    'answers in a second or so': String(seconds > 0.9 && seconds < 1.3),
    state: again.results.stats.state,
  };
}

const ONE_STAGE: Allowed = {
  at: 'in the end',
  why: 'one leaf of several is cut on a real server and the rest works on; the simulated query has but one stage',
};

/** The stages of a query that was just stopped hear of it a moment later. */
export const STOPPING = ['state', 'done'].map(
  (key): Allowed => ({
    at: `*body/stats/rootStage/${key}`,
    why: 'stages of a real query may still run when the query has failed',
    sometimes: true,
  }),
);

const lives: readonly Exchange[] = [
  { name: 'tokens of the queued stretch', run: queuedRules },
  { name: 'tokens of the executing stretch', run: executingRules },
  { name: 'DELETE while running', run: deletedWhileRunning, allowed: STOPPING },
  { name: 'DELETE, then the last page again', run: deletedAndReplayed },
  { name: 'DELETE while queued', run: deletedWhileQueued },
  { name: 'DELETE under a waiting poll', run: deletedUnderPoll },
  { name: 'partial cancel', run: partlyCancelled, allowed: [ONE_STAGE] },
  { name: 'a poll with nothing new', run: longPoll },
];

export const requests: readonly Exchange[] = [...posts, ...roots, ...lives];
