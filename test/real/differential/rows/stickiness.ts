/** A query stays with its cluster: cases 12 to 20. */
import { baseOf, firstAnswer, type Scripted } from '../backend.ts';
import { send } from '../client.ts';
import type { Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { observe, type Side, type Stage } from '../observe.ts';
import { untilState } from '../scene.ts';
import { MARK, one, post } from './row.ts';

const TO_GREEN: HeaderLines = [['X-Trino-Routing-Group', 'etl']];

/** Starts a statement on green, which is not where requests go that name no query. Answers its id. */
export async function onGreen(side: Side, stage: Stage): Promise<string> {
  const { text } = await send(side.port, post('SELECT 1', TO_GREEN));
  stage.green.take();
  return (JSON.parse(text) as { id: string }).id;
}

const STICKY = [
  '/v1/statement/queued/ID/y7d8/1',
  '/v1/statement/scheduled/ID/y7d8/1',
  '/v1/statement/executing/ID/y7d8/1',
  '/v1/statement/executing/partialCancel/ID/0/y7d8/1',
  '/custom/api/statement/executing/ID/y7d8/1',
  '/ui/api/query/ID',
  '/ui/api/query/ID/killed',
  '/ui/api/query/ID/preempted',
  '/v1/query/ID',
  '/v1/query/ID?pretty',
  '/ui/troubleshooting?queryId=ID',
  '/ui/troubleshooting?query_id=ID',
  '/ui/query.html?ID',
  '/ui/login.html?redirect=%2Fui%2Fapi%2Fquery%2FID',
];

const NOT_STICKY = [
  '/ui/api/query/myOtherThing',
  '/ui/api/query/20200416_blah',
  '/ui/?lang=en&p=1&id=0_1_2_a',
];

const extraction = (path: string, method: string): Row => ({
  id: 12,
  name: `${method} ${path}`,
  run: async (side, stage) => {
    const id = await onGreen(side, stage);
    return observe(side, stage, { method, target: path.replace('ID', id), headers: MARK });
  },
});

const kill = (call: string): Row => ({
  id: 13,
  name: call.replace(/\s+/g, ' '),
  run: async (side, stage) => {
    const id = await onGreen(side, stage);
    return observe(side, stage, post(call.replaceAll('ID', id)));
  },
});

/** Forms that name the query. */
const KILLS = [
  "CALL system.runtime.kill_query('ID', 'm')",
  "CALL system.runtime.kill_query(query_id => 'ID', message => 'm')",
  "call SYSTEM.RUNTIME.KILL_QUERY('ID')",
  "/* x */ CALL system.runtime.kill_query('ID') -- y",
  'CALL "system"."runtime"."kill_query"(\'ID\')',
];

/** Forms that mention it and kill nothing. */
const NO_KILLS = [
  "SELECT 'CALL system.runtime.kill_query(''ID'')'",
  "SELECT 1 -- CALL system.runtime.kill_query('ID')",
  "CALL hive.runtime.kill_query('ID')",
  "SELECT kill_query('ID')",
];

const WRONG_FIRST = "CALL system.runtime.kill_query(message => 'm', query_id => 'ID')";

const gone = (why: string, ours: unknown) => ({ better: { why, ours }, evenStrict: true as const });

export const STICKINESS: readonly Row[] = [
  ...STICKY.flatMap((path) => ['GET', 'DELETE'].map((method) => extraction(path, method))),
  ...STICKY.slice(0, 4).map((path) => extraction(path, 'HEAD')),
  ...NOT_STICKY.map((path) => one(12, `GET ${path} names none`, { target: path, headers: MARK })),
  ...[...KILLS, WRONG_FIRST].map((call) => ({
    ...kill(call),
    name: `analysis off: ${call}`,
    better: {
      why: 'kill_query finds its cluster without analysis; Java answers 500',
      ours: { answer: { status: 200 }, 'at green': ['POST /v1/statement'] },
    },
  })),
  ...NO_KILLS.map((call) => ({
    ...kill(call),
    name: `analysis off: ${call}`,
    better: {
      why: 'a statement that merely mentions kill_query runs; Java answers 500',
      ours: { answer: { status: 200 }, 'at blue': ['POST /v1/statement'] },
    },
  })),
  {
    id: 14,
    name: 'a poll goes on after deactivate',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      await send(side.port, { method: 'POST', target: '/gateway/backend/deactivate/green', body: '' });
      const seen = await observe(side, stage, { target: `/v1/statement/executing/${id}/y/1`, headers: MARK });
      await send(side.port, { method: 'POST', target: '/gateway/backend/activate/green', body: '' });
      await untilState(side, 'green', 'HEALTHY');
      return seen;
    },
  },
  {
    id: 15,
    name: 'a poll goes on while its cluster is unhealthy',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      stage.green.script(({ target, headers }) =>
        target === '/v1/info' && !headers.some(([name]) => /^x-test$/i.test(name))
          ? { status: 500 }
          : undefined,
      );
      await untilState(side, 'green', 'UNHEALTHY');
      const seen = await observe(side, stage, { target: `/v1/statement/executing/${id}/y/1`, headers: MARK });
      stage.green.script(undefined);
      await untilState(side, 'green', 'HEALTHY');
      return seen;
    },
  },
  {
    id: 16,
    name: 'an unknown id, backends that do not know it either',
    run: (side, stage) => unknownId(side, stage, { status: 410, body: 'Gone' }),
    ...gone(
      'no guess: asked of every cluster without credentials, then told as a Trino client understands it',
      {
        answer: { status: /^(404|410|502|503)$/ },
      },
    ),
  },
  {
    id: 16,
    name: 'an unknown id, backends that want a login',
    run: (side, stage) => unknownId(side, stage, { status: 401, headers: [['WWW-Authenticate', 'Basic']] }),
    ...gone('401 is taken as no information, not as an answer', {
      answer: { status: /^(200|404|410|502|503)$/ },
    }),
  },
  {
    id: 16,
    name: 'an unknown id that one backend knows',
    run: async (side, stage) => {
      const id = `20260101_000000_9${String(Date.now()).slice(-4)}_othr1`;
      stage.blue.script(({ target }) =>
        target.includes(id) ? { status: 404, body: 'Query not found' } : undefined,
      );
      try {
        const { answer, ...rest } = (await observe(side, stage, {
          target: `/v1/statement/executing/${id}/y/1`,
          headers: MARK,
        })) as { answer: { status: number }; 'at green'?: readonly string[] };
        const reached = (rest['at green'] ?? []).some((line) => line.startsWith('GET'));
        return { status: answer.status, 'reached the one that knows': reached };
      } finally {
        stage.blue.script(undefined);
      }
    },
    ...gone('the answers of the fan-out are waited for; Java guesses the first backend', {
      status: 200,
      'reached the one that knows': true,
    }),
  },
  {
    id: 18,
    name: 'database down: a poll of a known query',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      return downed(side, () =>
        observe(side, stage, { target: `/v1/statement/executing/${id}/y/1`, headers: MARK }),
      );
    },
  },
  {
    id: 18,
    name: 'database down: a new statement',
    run: (side, stage) => downed(side, () => observe(side, stage, post('SELECT 1'))),
    ...gone('statements go on without the database; Java answers 500', { answer: { status: 200 } }),
  },
  {
    id: 17,
    name: 'gateway restarted: a poll of a query of before',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      await side.restart();
      for (const name of ['blue', 'green']) await untilState(side, name, 'HEALTHY');
      return observe(side, stage, { target: `/v1/statement/executing/${id}/y/1`, headers: MARK });
    },
  },
  {
    id: 19,
    name: 'its history row is gone and the gateway was restarted',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      await side.database.run(`DELETE FROM query_history WHERE query_id = '${id}'`);
      await side.restart();
      for (const name of ['blue', 'green']) await untilState(side, name, 'HEALTHY');
      return pollKnownToGreen(side, stage, id);
    },
    ...gone('found again by its coordinator’s suffix or by asking; Java sends it to another cluster', {
      status: 200,
    }),
  },
];

/** A query on green whose page names a segment, as Trino spools it: what becomes of fetching and acknowledging it. */
const spooled = (name: string, method: string, address: 'uri' | 'ackUri'): Row => ({
  id: 20,
  name: `a spooled segment of the second cluster: ${name}`,
  run: async (side, stage) => {
    stage.green.script((request) =>
      /\/v1\/statement\/\w+\//.test(request.target) ? segmentPage(baseOf(request)) : undefined,
    );
    // As a coordinator refuses what another one has encrypted.
    stage.blue.script(({ target }) => (target.startsWith('/v1/spooled/') ? { status: 404 } : undefined));
    try {
      const begun = JSON.parse((await send(side.port, post('SELECT 1', TO_GREEN))).text) as {
        nextUri: string;
      };
      const page = JSON.parse(
        (await send(side.port, { target: pathOf(begun.nextUri), headers: MARK })).text,
      ) as {
        data: { segments: readonly { uri: string; ackUri: string }[] };
      };
      stage.green.take();
      const target = pathOf(page.data.segments[0]?.[address] ?? '');
      const seen = (await observe(side, stage, { method, target, headers: MARK })) as {
        answer: { status: number };
        'at green'?: unknown;
      };
      return { status: seen.answer.status, 'reached the one that has it': seen['at green'] !== undefined };
    } finally {
      stage.green.script(undefined);
      stage.blue.script(undefined);
    }
  },
  better: {
    why: 'segments are fetched and acknowledged where they were made; Java routes them like new requests',
    ours: { status: 200, 'reached the one that has it': true },
  },
  evenStrict: true,
});

const pathOf = (address: string): string => {
  const { pathname, search } = new URL(address);
  return pathname + search;
};

function segmentPage(base: string): Scripted {
  const segment = {
    type: 'spooled',
    uri: `${base}/v1/spooled/download/c2VnbWVudA%3D%3D`,
    ackUri: `${base}/v1/spooled/ack/c2VnbWVudA%3D%3D`,
    metadata: { segmentSize: 10, rowsCount: 1, rowOffset: 0 },
  };
  const page = {
    ...firstAnswer(base, '20260101_000000_77001_gren1'),
    data: { encoding: 'json', segments: [segment] },
  };
  return { headers: [['Content-Type', 'application/json']], body: JSON.stringify(page) };
}

export const SPOOLED: readonly Row[] = [
  spooled('GET', 'GET', 'uri'),
  spooled('acknowledged', 'GET', 'ackUri'),
];

/** Without a history, a restarted gateway knows as little as another node. */
export const UNRECORDED: readonly Row[] = [
  {
    id: 17,
    name: 'history off: a poll at a gateway that has not seen the statement',
    run: async (side, stage) => {
      const id = await onGreen(side, stage);
      await side.restart();
      for (const name of ['blue', 'green']) await untilState(side, name, 'HEALTHY');
      return pollKnownToGreen(side, stage, id);
    },
    ...gone('found again by its coordinator’s suffix or by asking; Java sends it to another cluster', {
      status: 200,
    }),
  },
];

async function pollKnownToGreen(side: Side, stage: Stage, id: string): Promise<{ status: number }> {
  stage.blue.script(({ target }) =>
    target.includes(id) ? { status: 404, body: 'Query not found' } : undefined,
  );
  const seen = (await observe(side, stage, {
    target: `/v1/statement/executing/${id}/y/1`,
    headers: MARK,
  })) as { answer: { status: number } };
  stage.blue.script(undefined);
  return { status: seen.answer.status };
}

/** With analysis on. */
export const KILLING: readonly Row[] = [
  ...[...KILLS, ...NO_KILLS].map(kill),
  {
    ...kill(WRONG_FIRST),
    better: {
      why: 'arguments are taken by name; Java takes the first, here the message',
      ours: { 'at green': ['POST /v1/statement'] },
    },
    evenStrict: true,
  },
];

async function unknownId(
  side: Side,
  stage: Stage,
  answer: { status: number; body?: string; headers?: HeaderLines },
) {
  const id = `20260101_000000_8${String(Date.now()).slice(-4)}_othr2`;
  for (const backend of [stage.blue, stage.green])
    backend.script(({ target }) => (target.includes(id) ? answer : undefined));
  try {
    const seen = (await observe(side, stage, {
      target: `/v1/statement/executing/${id}/y/1`,
      headers: MARK,
    })) as {
      answer: { status: number };
    };
    return { answer: { status: seen.answer.status } };
  } finally {
    for (const backend of [stage.blue, stage.green]) backend.script(undefined);
  }
}

async function downed<T>(side: Side, run: () => Promise<T>): Promise<T> {
  await side.database.halt();
  try {
    return await run();
  } finally {
    await side.database.start();
  }
}
