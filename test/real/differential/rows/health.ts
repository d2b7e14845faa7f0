/** Health: cases 37, 39 to 41. */
import { pollUntil, systemClock } from '../../../../src/base/clock.ts';
import type { MockBackend, Scripted } from '../backend.ts';
import { send } from '../client.ts';
import type { Row } from '../compare.ts';
import type { Side, Stage } from '../observe.ts';
import { post } from './row.ts';

const info = (starting: boolean): Scripted => ({
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify({
    nodeVersion: { version: '476' },
    environment: 'test',
    coordinator: true,
    starting,
    uptime: '1.00m',
  }),
});

/** What a probe's address answers, per monitor type. */
export const INFO_ANSWERS: readonly (readonly [name: string, answer: Scripted])[] = [
  ['ok', info(false)],
  ['starting', info(true)],
  ['401', { status: 401 }],
  ['404', { status: 404 }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['no JSON', { body: 'x' }],
  ['half a JSON', { body: '{"starting":' }],
];

async function stateOf(side: Side, name: string): Promise<string> {
  const { text } = await send(side.port, { target: `/api/public/backends/${name}/state` });
  return (JSON.parse(text) as { trinoStatus: string }).trinoStatus;
}

const ROUNDS_LIMIT_MS = 30_000;

/** Blue's state once five checks have come to `at`, some monitors asking twice: what the first of them found counts by then. */
async function settled(side: Side, at: MockBackend, check: RegExp): Promise<string> {
  await checks(at, check, 5);
  return stateOf(side, 'blue');
}

/** Waits for so many more checks. */
export async function checks(at: MockBackend, check: RegExp, more: number): Promise<void> {
  const seen = () => at.all().filter(({ target }) => check.test(target)).length;
  const wanted = seen() + more;
  const came = await pollUntil(systemClock, { everyMs: 20, timeoutMs: ROUNDS_LIMIT_MS }, async () =>
    seen() >= wanted ? true : undefined,
  );
  if (!came) throw new Error(`${at.name} was not checked ${more} times in ${ROUNDS_LIMIT_MS / 1000} s`);
}

/** Blue's probe answers thus: its state, and whether it gets queries. */
export const probed = (
  monitor: string,
  path: RegExp,
  name: string,
  scripted: Scripted,
  better?: Row['better'],
): Row => ({
  id: 39,
  name: `${monitor}: ${name}`,
  run: async (side, stage) => {
    stage.blue.script(({ target }) => (path.test(target) ? scripted : undefined));
    const state = await settled(side, stage.blue, path);
    const { status } = await send(side.port, post('SELECT 1'));
    const went = stage.blue.take().some(({ method }) => method === 'POST') ? 'blue' : 'elsewhere';
    stage.green.take();
    stage.blue.script(undefined);
    return { state, status: status === 200 ? 200 : 'an error', went: status === 200 ? went : 'nowhere' };
  },
  ...(better !== undefined && { better }),
});

export const INFO_API: readonly Row[] = INFO_ANSWERS.map(([name, answer]) =>
  probed('INFO_API', /^\/v1\/info$/, name, answer),
);

export const HEALTH: readonly Row[] = [
  {
    id: 39,
    name: 'INFO_API: refuses',
    run: async (side, stage) => {
      await stage.blue.refuse();
      const state = await settled(side, stage.green, /^\/v1\/info$/);
      await stage.blue.listen();
      return state;
    },
  },
  {
    id: 40,
    name: 'activated: PENDING, then HEALTHY with the next round',
    run: async (side, stage) => {
      await send(side.port, { method: 'POST', target: '/gateway/backend/deactivate/blue', body: '' });
      // The check hangs, so the state between activation and round can be seen.
      stage.blue.script(({ target }) => (target === '/v1/info' ? { instead: 'hang' } : undefined));
      await send(side.port, { method: 'POST', target: '/gateway/backend/activate/blue', body: '' });
      const before = await stateOf(side, 'blue');
      stage.blue.script(undefined);
      return { before, after: await settledAs(side, 'blue', 'HEALTHY') };
    },
  },
  {
    id: 41,
    name: 'one backend hangs: the other’s state still changes',
    run: async (side: Side, stage: Stage) => {
      stage.blue.script(({ target }) => (target === '/v1/info' ? { instead: 'hang' } : undefined));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      stage.green.script(({ target }) => (target === '/v1/info' ? { status: 500 } : undefined));
      const seen = await settledAs(side, 'green', 'UNHEALTHY', 3_000);
      stage.blue.script(undefined);
      stage.green.script(undefined);
      await settledAs(side, 'green', 'HEALTHY');
      return { 'seen within three periods': seen };
    },
    better: {
      why: 'each backend has its own timer; a round of Java’s ends with its slowest check',
      ours: { 'seen within three periods': 'UNHEALTHY' },
    },
    evenStrict: true,
  },
];

async function settledAs(side: Side, name: string, wanted: string, limitMs = 60_000): Promise<string> {
  const limit = performance.now() + limitMs;
  let last = '';
  while (last !== wanted && performance.now() < limit) {
    last = await stateOf(side, name);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}

const metricsOf = (lines: readonly string[]): Scripted => ({
  headers: [['Content-Type', 'text/plain']],
  body: [...lines, '# EOF', ''].join('\n'),
});
const RUNNING = 'trino_execution_name_QueryManager_RunningQueries 3.0';
const QUEUED = 'trino_execution_name_QueryManager_QueuedQueries 1.0';
const NODES = 'trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount';

export const METRICS_MONITOR: readonly Row[] = (
  [
    ['all there', metricsOf([RUNNING, QUEUED, `${NODES} 1.0`])],
    ['too few nodes', metricsOf([RUNNING, QUEUED, `${NODES} 0.0`])],
    ['a gauge is missing', metricsOf([RUNNING, QUEUED])],
    ['the counts are missing', metricsOf([`${NODES} 1.0`])],
    ['401', { status: 401 }],
    ['500', { status: 500 }],
  ] as const
).map(([name, answer]) => probed('METRICS', /^\/metrics/, name, answer));

const bean = (attributes: Readonly<Record<string, number>>): Scripted => ({
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify({
    objectName: 'x',
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: 'int', value })),
  }),
});

const beans = (nodes: number | undefined, counts = true) => ({
  nodes: nodes === undefined ? bean({}) : bean({ ActiveNodeCount: nodes }),
  queries: counts ? bean({ RunningQueries: 3, QueuedQueries: 1 }) : bean({}),
});

const jmx = (name: string, answers: { readonly nodes: Scripted; readonly queries: Scripted }): Row => ({
  id: 39,
  name: `JMX: ${name}`,
  run: async (side, stage) => {
    const answer = ({ target }: { target: string }) =>
      target.includes('DiscoveryNodeManager')
        ? answers.nodes
        : target.includes('QueryManager')
          ? answers.queries
          : undefined;
    stage.blue.script(answer);
    const state = await settled(side, stage.blue, /DiscoveryNodeManager|QueryManager/);
    stage.blue.script(undefined);
    return { state };
  },
});

export const JMX_MONITOR: readonly Row[] = [
  jmx('a node', beans(1)),
  jmx('no nodes', beans(0)),
  jmx('no node count', beans(undefined)),
  jmx('500', { nodes: { status: 500 }, queries: { status: 500 } }),
];

const ui = (name: string, login: Scripted, stats: Scripted): Row => ({
  id: 39,
  name: `UI_API: ${name}`,
  run: async (side, stage) => {
    const list: Scripted = { headers: [['Content-Type', 'application/json']], body: '[]' };
    stage.blue.script(({ target }) =>
      target.startsWith('/ui/login')
        ? login
        : target.startsWith('/ui/api/stats')
          ? stats
          : target.startsWith('/ui/api/query')
            ? list
            : undefined,
    );
    const state = await settled(side, stage.blue, /^\/ui\/(login|api\/stats)/);
    stage.blue.script(undefined);
    return { state };
  },
});

const LOGIN: Scripted = {
  status: 303,
  headers: [
    ['Location', '/ui/'],
    ['Set-Cookie', 'Trino-UI-Token=abc;Version=1;Path=/ui'],
  ],
};
const stats = (activeWorkers: number): Scripted => ({
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify({ activeWorkers, runningQueries: 3, queuedQueries: 1, blockedQueries: 0 }),
});

export const UI_MONITOR: readonly Row[] = [
  ui('a worker', LOGIN, stats(1)),
  ui('no workers', LOGIN, stats(0)),
  ui('login refused', { status: 401 }, { status: 401 }),
  ui('500', LOGIN, { status: 500 }),
];
