/** The external router: cases 31 to 34. */
import type { Scripted } from '../backend.ts';
import type { Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { observe, type Side, type Stage } from '../observe.ts';
import { get, post } from './row.ts';

const answer = (body: unknown, status = 200, type = 'application/json'): Scripted => ({
  status,
  headers: [['Content-Type', type]],
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const TO_GREEN = answer({ routingGroup: 'etl' });

async function routed<T>(stage: Stage, scripted: Scripted, run: () => Promise<T>): Promise<T> {
  stage.router.script(() => scripted);
  try {
    return await run();
  } finally {
    stage.router.script(undefined);
  }
}

const asked = (name: string, call: Parameters<typeof observe>[2]): Row => ({
  id: 31,
  name: `the request to the router: ${name}`,
  run: (side, stage) =>
    routed(stage, TO_GREEN, async () => {
      const seen = (await observe(side, stage, call, { wire: true })) as {
        'at router'?: readonly { line: string; headers: Record<string, string[]>; body: string }[];
      };
      return (seen['at router'] ?? []).map(({ line, headers, body }) => ({
        line,
        headers,
        body: JSON.parse(body),
      }));
    }),
});

const TPCH: HeaderLines = [
  ['X-Trino-Catalog', 'tpch'],
  ['X-Trino-Schema', 'tiny'],
];

const REQUESTS: readonly Row[] = [
  asked(
    'a table by catalog and schema headers',
    post('SELECT * FROM nation n JOIN "Other".sch.t ON true', TPCH),
  ),
  {
    ...asked('no catalog', post('SELECT 1', [['Content-Type', 'text/plain']])),
    better: {
      why: 'one Content-Type, that of the JSON: Java sends the client’s as a second one',
      ours: [{ headers: { 'content-type': [/^application\/json/] } }],
    },
    evenStrict: true,
  },
  asked('a query string', post('SELECT 1', [], '/v1/statement?pretty=true&pretty=2&x')),
  asked('an unqualified table', post('SELECT * FROM nation')),
  asked(
    'excluded headers',
    post('SELECT 1', [
      ['Authorization', 'Basic YWxpY2U6cHc='],
      ['X-Other', 'y'],
    ]),
  ),
  asked('INSERT', post('INSERT INTO c.s.t SELECT * FROM c.s.u')),
  asked('EXECUTE', post('EXECUTE p1', [['X-Trino-Prepared-Statement', 'p1=SELECT+*+FROM+c.s.p']])),
  asked('EXECUTE IMMEDIATE', post("EXECUTE IMMEDIATE 'SELECT * FROM c.s.p'")),
  asked('an empty body', post('')),
  asked('GET', get('/ui/x', [['X-Trino-User', 'bob']])),
  asked('no user', { method: 'POST', target: '/v1/statement', body: 'SELECT 1' }),
];

const OWN: HeaderLines = [
  ['X-Trino-Client-Tags', 'mine'],
  ['X-Trino-Routing-Group', 'etl'],
];

const answered = (name: string, scripted: Scripted, more: Partial<Row> = {}): Row => ({
  id: 32,
  name,
  run: (side: Side, stage: Stage) =>
    routed(stage, scripted, async () => {
      const seen = (await observe(side, stage, post('SELECT 1', [...OWN, ['Content-Type', 'text/plain']]), {
        wire: true,
        without: ['set-cookie'],
      })) as Record<string, unknown>;
      return { answer: seen.answer, 'at blue': seen['at blue'], 'at green': seen['at green'] };
    }),
  ...more,
});

const HEADERS = { 'X-Trino-Client-Tags': 'etl', 'X-Trino-Session': 'a=b', Authorization: 'Basic eA==' };

const ANSWERS: readonly Row[] = [
  answered('a group', TO_GREEN),
  answered('group null', answer({ routingGroup: null })),
  answered('no group', answer({})),
  answered('an empty group', answer({ routingGroup: '' })),
  answered('an unknown group', answer({ routingGroup: 'nosuch' })),
  answered('errors and a group', answer({ routingGroup: 'adhoc', errors: ['e1', 'e2'] })),
  answered('an empty list of errors', answer({ routingGroup: 'adhoc', errors: [] })),
  answered('headers', answer({ routingGroup: 'adhoc', externalHeaders: HEADERS })),
  // Before those that fail: after some failures in a row ours leaves the router alone for a while.
  answered(
    'headers in another case',
    answer({
      routingGroup: 'adhoc',
      externalHeaders: { 'x-trino-client-tags': 'etl', authorization: 'Basic eA==' },
    }),
    {
      id: 33,
      better: {
        why: 'header names have no case: one line replaced, the excluded one dropped',
        ours: { 'at blue': [{ headers: { 'x-trino-client-tags': ['etl'], authorization: undefined } }] },
      },
      evenStrict: true,
    },
  ),
  answered('202', answer({ routingGroup: 'adhoc' }, 202)),
  answered('a charset', answer({ routingGroup: 'adhoc' }, 200, 'application/json; charset=utf-8')),
  answered('an unknown field', answer({ routingGroup: 'adhoc', other: 1 })),
  answered('text/plain: the header', answer({ routingGroup: 'adhoc' }, 200, 'text/plain')),
  answered('500: the header', answer({ routingGroup: 'adhoc' }, 500)),
  answered('302: the header', answer({ routingGroup: 'adhoc' }, 302)),
  answered('400: the header', answer({ errors: ['x'] }, 400)),
  answered('no JSON: the header', answer('nope')),
  answered('an array: the header', answer([])),
  answered('dead: the header', { instead: 'reset' }, { id: 34 }),
];

export const EXTERNAL: readonly Row[] = [...REQUESTS, ...ANSWERS];
