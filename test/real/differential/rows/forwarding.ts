/** What reaches the backend and what comes back: cases 4 to 11. */
import type { Scripted } from '../backend.ts';
import { send } from '../client.ts';
import type { Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { backendsSeen, observe, type Side, type Stage } from '../observe.ts';
import { get, MARK, one, post } from './row.ts';

const ODD_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Runs with blue answering as told to everything but health checks. */
export async function answering<T>(stage: Stage, scripted: Scripted, run: () => Promise<T>): Promise<T> {
  stage.blue.script(({ target, headers }) =>
    target === '/v1/info' && !headers.some(([name]) => /^x-test$/i.test(name)) ? undefined : scripted,
  );
  try {
    return await run();
  } finally {
    stage.blue.script(undefined);
  }
}

/** What is better in an answer that goes through is so in both modes: bytes are not made up. */
const answered = (id: number, name: string, scripted: Scripted, better?: Row['better']): readonly Row[] =>
  [get('/ui/x'), post('SELECT 1')].map((call) => ({
    id,
    name: `${name} to ${call.method ?? 'GET'}`,
    run: (side: Side, stage: Stage) => answering(stage, scripted, () => observe(side, stage, call)),
    ...(better !== undefined && { better, evenStrict: true as const }),
  }));

const MANY: HeaderLines = [
  ['X-Multi', 'a'],
  ['x-multi', 'b'],
  ['X-Presto-User', 'p'],
  ['X-Trino-Session', ''],
  ['Accept', 'application/json'],
  ['Cookie', 'a=b; c=d'],
  ['User-Agent', 'ua/1'],
  ['Content-Type', 'text/plain; charset=utf-8'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['Authorization', 'Basic YWxpY2U6cHc='],
];

const FORWARDED_IN: HeaderLines = [
  ['X-Forwarded-For', '9.9.9.9'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'gw.test'],
  ['X-Forwarded-Port', '443'],
];

/** A response of so many bytes arrives whole. */
const large = (megabytes: number): Row => ({
  id: 10,
  name: `a response of ${megabytes} MB`,
  run: async (side, stage) => {
    const body = Buffer.alloc(megabytes * 1_000_000, 'x');
    return answering(stage, { body, headers: [['Content-Type', 'text/plain']] }, async () => {
      const answer = await send(side.port, get('/ui/large')).catch(() => undefined);
      stage.blue.take();
      return { status: answer?.status ?? 0, same: answer?.body.equals(body) ?? false };
    });
  },
  ...(megabytes > 9 && {
    better: { why: 'no limit on responses: they stream through', ours: { status: 200, same: true } },
    evenStrict: true,
  }),
});

const bytesBack = (name: string, scripted: Scripted): Row => ({
  id: 9,
  name,
  run: async (side, stage) =>
    answering(stage, scripted, async () => {
      const answer = await send(side.port, get('/ui/bytes', [['Accept-Encoding', 'gzip']])).catch(
        () => undefined,
      );
      stage.blue.take();
      return {
        status: answer?.status ?? 0,
        same: answer?.body.equals(Buffer.from(scripted.body ?? '')) ?? false,
      };
    }),
  better: { why: 'bytes pass through untouched, not read as text', ours: { status: 200, same: true } },
  evenStrict: true,
});

export const FORWARDING: readonly Row[] = [
  one(4, 'headers of a statement at the backend', post('SELECT 1', MANY), {
    wire: true,
    without: ['set-cookie'],
  }),
  one(4, 'a statement without a Content-Type', post('SELECT 1'), {
    wire: true,
    better: {
      why: 'nothing is made up: Java adds application/octet-stream, which no client sent',
      ours: { 'at blue': [{ body: 'SELECT 1' }] },
    },
    evenStrict: true,
  }),
  one(4, 'Accept-Encoding', get('/ui/x', [['Accept-Encoding', 'gzip, br']]), {
    wire: true,
    better: {
      why: 'compression between coordinator and client goes on working',
      ours: { answer: { status: 200 }, 'at blue': [{ headers: { 'accept-encoding': ['gzip, br'] } }] },
    },
  }),
  one(4, 'Host', get('/ui/x', [['Host', 'gateway.example:8443']]), { wire: true }),
  one(5, 'Via joins those that came', get('/ui/x', [['Via', '1.1 other']]), { wire: true }),
  one(6, 'X-Forwarded-* are added', get('/ui/x'), { wire: true }),
  one(7, 'X-Forwarded-* that came', get('/ui/x', FORWARDED_IN), {
    wire: true,
    better: {
      why: 'a gateway behind another proxy works without a setting, where Java answers 406',
      ours: { answer: { status: 200 } },
    },
    evenStrict: { why: 'the same status in words of its own', ours: { answer: { status: 406 } } },
  }),
  ...answered(8, 'a redirect is passed on', {
    status: 307,
    headers: [
      ['Location', 'http://127.0.0.1:1/x'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Content-Type', 'text/plain'],
    ],
    body: 'moved',
  }),
  ...answered(8, '401 is passed on', {
    status: 401,
    headers: [
      ['WWW-Authenticate', 'Basic realm="x"'],
      ['WWW-Authenticate', 'Bearer'],
      ['Content-Type', 'text/plain'],
    ],
    body: 'no',
  }),
  ...answered(8, '410 is passed on', {
    status: 410,
    headers: [['Content-Type', 'text/plain']],
    body: 'Gone',
  }),
  ...answered(
    8,
    'an answer without a Content-Type',
    { headers: [['X-Own', 'y']], body: 'x' },
    {
      why: 'nothing is made up: Java adds text/plain, which no coordinator sent',
      ours: { answer: { status: 200, headers: { 'x-own': ['y'], 'content-type': undefined }, body: 'x' } },
    },
  ),
  bytesBack('bytes 0x00 to 0xFF come back', {
    headers: [['Content-Type', 'application/octet-stream']],
    body: ODD_BYTES,
  }),
  bytesBack('a compressed body comes back', {
    headers: [
      ['Content-Type', 'application/json'],
      ['Content-Encoding', 'gzip'],
    ],
    body: Buffer.from('H4sIAAAAAAAAA6tWSkktLlGyqgYAAAD//8qkpZcQAAAA', 'base64'),
  }),
  {
    id: 9,
    name: 'a statement of bytes 0x01 to 0xFF goes out',
    run: async (side, stage) => {
      const sent = ODD_BYTES.subarray(1);
      stage.blue.take();
      const { status } = await send(side.port, post(sent, [['Content-Type', 'text/plain; charset=utf-8']]));
      return { status, same: stage.blue.take()[0]?.body.equals(sent) ?? false };
    },
    better: { why: 'bytes pass through untouched, not read as text', ours: { status: 200, same: true } },
    evenStrict: true,
  },
  ...[7_000, 8_000, 15_000].map(
    (bytes): Row => ({
      id: 11,
      name: `a request header of ${bytes} bytes`,
      run: async (side, stage) => {
        const { status } = await send(side.port, get('/ui/x', [['X-Big', 'x'.repeat(bytes)]]));
        return { status, ...backendsSeen(side, stage) };
      },
      ...(bytes > 7_500 && {
        better: {
          why: 'prepared statements travel in headers: up to 16 kB and more pass',
          ours: { status: 200 },
        },
        evenStrict: true,
      }),
    }),
  ),
  {
    id: 11,
    name: 'a response header of 15000 bytes',
    run: (side, stage) =>
      answering(stage, { headers: [['X-Big', 'x'.repeat(15_000)]], body: 'x' }, async () => {
        const { status } = await send(side.port, get('/ui/x'));
        stage.blue.take();
        return { status };
      }),
    better: { why: 'large response headers pass', ours: { status: 200 } },
    evenStrict: true,
  },
];

/** With `forwardedHeadersEnabled: false`. */
export const UNFORWARDED: readonly Row[] = [
  // Here, where neither gateway has to be quick: what a response of 200 MB takes depends on the machine.
  ...[8, 15, 17, 33, 200].map(large),
  one(6, 'off: none is added', get('/ui/x'), { wire: true }),
  one(
    6,
    'off: those that came are taken out',
    get('/ui/x', [...FORWARDED_IN, ['Forwarded', 'for=1.2.3.4'], ['x-forwarded-prefix', '/p']]),
    { wire: true },
  ),
];

/** With `http-server.process-forwarded: true`. */
export const REFORWARDED: readonly Row[] = [
  one(7, 'process-forwarded: those that came are kept', get('/ui/x', FORWARDED_IN), {
    wire: true,
    better: {
      why: 'each header once: Java repeats every one of them',
      ours: {
        'at blue': [{ headers: { 'x-forwarded-proto': ['https'], 'x-forwarded-for': [/^9\.9\.9\.9/] } }],
      },
    },
    evenStrict: true,
  }),
  one(7, 'process-forwarded: none came', { target: '/ui/x', headers: MARK }, { wire: true }),
];
