/** The Trino CLI as the judge of what a poll's error does to a query: case 42. */
import { readyCli, runCli } from '../../clients/cli.ts';
import { baseOf, firstAnswer, type Recorded, type Scripted } from '../backend.ts';
import type { Row } from '../compare.ts';
import type { Side, Stage } from '../observe.ts';

const page = (value: unknown): Scripted => ({
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify(value),
});

const ID = '20260101_000000_77777_blue1';

const done = (base: string) => ({
  ...firstAnswer(base, ID),
  nextUri: undefined,
  columns: [{ name: 'x', type: 'integer', typeSignature: { rawType: 'integer', arguments: [] } }],
  data: [[7]],
  stats: { state: 'FINISHED', queued: false, scheduled: true },
});

/** Blue answers a statement, then so many polls with a status, then the result. */
function failing(stage: Stage, status: number, times: number): () => void {
  let left = times;
  stage.blue.script((request: Recorded) => {
    if (request.target === '/v1/info') return undefined;
    if (request.method === 'POST') return page(firstAnswer(baseOf(request), ID));
    if (request.method !== 'GET' || !request.target.startsWith('/v1/statement/')) return undefined;
    return left-- > 0 ? { status, body: 'trouble' } : page(done(baseOf(request)));
  });
  return () => stage.blue.script(undefined);
}

const judged = (status: number, times: number, name: string, better?: Row['better']): Row => ({
  id: 42,
  name,
  run: async (side: Side, stage: Stage) => {
    const missing = await readyCli();
    if (missing !== undefined) return { skipped: missing };
    const stop = failing(stage, status, times);
    try {
      const { code, out } = await runCli(`http://127.0.0.1:${side.port}`, 'SELECT 7 AS x');
      return { code, out };
    } finally {
      stop();
      stage.blue.take();
    }
  },
  ...(better !== undefined && { better }),
  evenStrict: true,
});

export const JUDGE: readonly Row[] = [
  judged(503, 2, 'trino-cli survives 503 on polls'),
  judged(502, 2, 'trino-cli survives 502 on polls', {
    why: 'the gateway asks again itself before the client notices',
    ours: { code: 0, out: ['7'] },
  }),
  judged(500, 1, 'trino-cli dies of 500 on a poll'),
  judged(404, 1, 'trino-cli dies of 404 on a poll', {
    why: 'a read-only query that its cluster lost runs again on another, once, under the id the client has',
    ours: { code: 0, out: ['7'] },
  }),
];
