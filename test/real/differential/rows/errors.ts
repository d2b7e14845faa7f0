/** Errors towards the client: case 42. The CLI as the judge stands in test/real/clients. */
import type { Row } from '../compare.ts';
import { observe } from '../observe.ts';
import { untilState } from '../scene.ts';
import { answering } from './forwarding.ts';
import { get, post } from './row.ts';

const BAD_GATEWAY =
  'an error that Trino clients show, with the reason; 502 or 503 like Java’s, so clients go on polling';

const CALLS = [
  ['POST', post('SELECT 1')],
  ['GET', get('/ui/x')],
] as const;

const refused = ([name, call]: (typeof CALLS)[number]): Row => ({
  id: 42,
  name: `backend refuses: ${name}`,
  run: async (side, stage) => {
    await stage.blue.refuse();
    const seen = await observe(side, stage, call);
    await stage.blue.listen();
    await untilState(side, 'blue', 'HEALTHY');
    return seen;
  },
  better: { why: BAD_GATEWAY, ours: { answer: { status: /^50[23]$/ } } },
});

const broken = (name: string, instead: 'reset' | 'hang', body: string): readonly Row[] =>
  CALLS.map(
    ([method, call]): Row => ({
      id: 42,
      name: `backend ${name}: ${method}`,
      run: (side, stage) =>
        answering(stage, { instead, body }, async () => {
          const seen = (await observe(side, stage, call)) as Record<string, unknown>;
          return { answer: seen.answer };
        }),
      better: { why: BAD_GATEWAY, ours: { answer: { status: /^50[23]$/ } } },
    }),
  );

const WITHIN: Readonly<Record<string, Row['better']>> = {
  POST: { why: BAD_GATEWAY, ours: { answer: { status: /^50[23]$/ } } },
  GET: {
    why: 'answers stream: what was sent cannot be taken back, the client sees the connection end within it',
    ours: { answer: { failed: 'no whole answer' } },
  },
};

export const ERRORS: readonly Row[] = [
  ...CALLS.map(refused),
  ...broken('resets', 'reset', ''),
  ...broken('does not answer', 'hang', ''),
  ...CALLS.map(([method, call]): Row => {
    const better = WITHIN[method];
    return {
      id: 42,
      name: `backend resets within its answer: ${method}`,
      run: (side, stage) =>
        answering(stage, { instead: 'reset', body: 'x'.repeat(100_000) }, async () => {
          const seen = (await observe(side, stage, call)) as Record<string, unknown>;
          return { answer: seen.answer };
        }),
      ...(better !== undefined && { better }),
      evenStrict: true,
    };
  }),
];
