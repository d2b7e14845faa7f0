/** Which group, which backend: cases 21 to 24. */
import { Agent, request } from 'node:http';
import type { Scripted } from '../backend.ts';
import { send } from '../client.ts';
import type { Row } from '../compare.ts';
import { observe, type Side, type Stage } from '../observe.ts';
import { untilState } from '../scene.ts';
import { checks } from './health.ts';
import { MARK, one, post } from './row.ts';

const group = (name: string) => post('SELECT 1', [['X-Trino-Routing-Group', name]]);

const NOBODY = {
  why: '503 with Retry-After and an error that Trino clients show, where Java answers an empty 500',
  ours: { answer: { status: 503, headers: { 'retry-after': [/^\d+$/] } } },
};

export const CHOOSING: readonly Row[] = [
  one(21, 'no header: the default group', post('SELECT 1')),
  one(21, 'header etl', group('etl')),
  one(21, 'an empty header', group('')),
  one(21, 'an unknown group: the default group', group('nosuch')),
  {
    id: 21,
    name: 'a group whose backend is inactive: the default group',
    run: async (side, stage) => {
      await send(side.port, { method: 'POST', target: '/gateway/backend/deactivate/green', body: '' });
      const seen = await observe(side, stage, group('etl'));
      await send(side.port, { method: 'POST', target: '/gateway/backend/activate/green', body: '' });
      await untilState(side, 'green', 'HEALTHY');
      return seen;
    },
  },
  {
    id: 21,
    name: 'a group whose backend is unhealthy: the default group',
    run: (side, stage) => without(side, stage, 'green', () => observe(side, stage, group('etl'))),
  },
  {
    id: 22,
    name: 'no backend at all: a statement',
    run: (side, stage) => without(side, stage, 'both', () => observe(side, stage, post('SELECT 1'))),
    better: NOBODY,
  },
  {
    id: 22,
    name: 'no backend at all: GET /v1/info',
    run: (side, stage) =>
      without(side, stage, 'both', () =>
        observe(side, stage, { target: '/v1/info', headers: [['X-Test', '1']] }),
      ),
    better: NOBODY,
  },
];

async function without<T>(
  side: Side,
  stage: Stage,
  which: 'green' | 'both',
  run: () => Promise<T>,
): Promise<T> {
  const names = which === 'both' ? (['blue', 'green'] as const) : (['green'] as const);
  const failing = ({
    target,
    headers,
  }: {
    target: string;
    headers: readonly (readonly [string, string])[];
  }) =>
    target === '/v1/info' && !headers.some(([name]) => /^x-test$/i.test(name))
      ? ({ status: 500 } as Scripted)
      : undefined;
  for (const name of names) stage[name].script(failing);
  for (const name of names) await untilState(side, name, 'UNHEALTHY');
  try {
    return await run();
  } finally {
    for (const name of names) stage[name].script(undefined);
    for (const name of names) await untilState(side, name, 'HEALTHY');
  }
}

const DRAWS = 10_000;
/** Chi-square with one degree of freedom at one in a million. */
const CRITICAL = 23.9;

/** Two backends in one group. */
export const RANDOM: readonly Row[] = [
  {
    id: 23,
    name: `random choice is uniform (${DRAWS} draws)`,
    run: async (side, stage) => {
      stage.blue.take();
      stage.green.take();
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      const draw = async () => {
        for (let i = 0; i < DRAWS / 4; i++) await ask(agent, side.port);
      };
      await Promise.all([draw(), draw(), draw(), draw()]);
      agent.destroy();
      const counts = [stage.blue, stage.green].map((backend) => backend.take().length);
      const chi2 = counts.reduce((sum, count) => sum + (count - DRAWS / 2) ** 2 / (DRAWS / 2), 0);
      return { draws: counts.reduce((a, b) => a + b), uniform: chi2 < CRITICAL };
    },
  },
];

function ask(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ agent, port, host: '127.0.0.1', path: '/v1/node' }, (res) => {
      res.resume();
      res.on('end', resolve);
    });
    req.on('error', reject);
    req.end();
  });
}

/** What `/metrics` of a coordinator says of its load. */
export const gauges = (running: number, queued: number): Scripted => ({
  headers: [['Content-Type', 'application/openmetrics-text; version=1.0.0; charset=utf-8']],
  body: [
    `trino_execution_name_QueryManager_RunningQueries ${running}.0`,
    `trino_execution_name_QueryManager_QueuedQueries ${queued}.0`,
    'trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount 1.0',
    '# EOF\n',
  ].join('\n'),
});

const load = (stage: Stage, blue: readonly [number, number], green: readonly [number, number]) => {
  stage.blue.script(({ target }) => (target.startsWith('/metrics') ? gauges(...blue) : undefined));
  stage.green.script(({ target }) => (target.startsWith('/metrics') ? gauges(...green) : undefined));
};

/** Waits for two rounds of checks, so that the counts are those of now. */
async function rounds(stage: Stage): Promise<void> {
  for (const backend of [stage.blue, stage.green]) await checks(backend, /^\/metrics/, 2);
}

const picks = (
  name: string,
  blue: readonly [number, number],
  green: readonly [number, number],
  count: number,
): Row => ({
  id: 24,
  name,
  run: async (side, stage) => {
    load(stage, blue, green);
    await rounds(stage);
    const to: string[] = [];
    const begun: string[] = [];
    for (let i = 0; i < count; i++) {
      stage.blue.take();
      stage.green.take();
      const { text } = await send(side.port, post('SELECT 1'));
      begun.push(new URL((JSON.parse(text) as { nextUri: string }).nextUri).pathname);
      const atBlue = stage.blue.take().some(({ method }) => method === 'POST');
      to.push(atBlue ? 'blue' : 'green');
    }
    // Ours would count on what is still open there, whatever the coordinators of this stage report.
    for (const target of begun) await send(side.port, { method: 'DELETE', target, headers: MARK });
    load(stage, [0, 0], [0, 0]);
    return to;
  },
});

/** Two backends in one group, chosen by query count; health by `/metrics`, period long enough to see the bump. */
export const COUNTED: readonly Row[] = [
  picks('fewer queued wins over fewer running', [1, 5], [9, 0], 1),
  picks('fewer running wins where queued are equal', [7, 2], [3, 2], 1),
  picks('the choice counts at once: two behind, three sent', [2, 0], [0, 0], 2),
];
