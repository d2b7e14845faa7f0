import { describe, expect, it } from 'vitest';
import { buildLedger } from '../../src/measure/ledger/ledger.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import type { Outcome } from '../../src/measure/summary/outcome.ts';
import { event, idOn, killed, lostSubmit, MS, NEVER_SENT, record, SECOND, sample } from './factory.ts';

const failedWith = (errorName: string, errorType: string): Partial<Sample> => ({
  ...{ end: 'query-error', stage: 'poll', errorName, errorType, rows: 0, checksum: '' },
});
const atPoll = (httpStatus: number): Partial<Sample> => ({ end: 'http-error', stage: 'poll', httpStatus });
const noAnswer = (detail: string): Partial<Sample> => ({ end: 'transport-error', httpStatus: 0, detail });

interface Case {
  readonly what: string;
  readonly query: Sample;
  readonly outcome: Outcome;
  readonly cause: RegExp;
}

const CASES: readonly Case[] = [
  { what: 'a last page without error', query: sample(1), outcome: 'finished', cause: /^$/ },
  {
    what: 'fewer rows than the plan expects',
    query: sample(1, { expected: { rows: 12, checksum: 'cafe' } }),
    outcome: 'wrong',
    cause: /10 rows instead of 12, as the plan says/,
  },
  {
    what: 'other rows than the plan expects',
    query: sample(1, { expected: { rows: 10, checksum: 'beef' } }),
    outcome: 'wrong',
    cause: /same number of rows as the plan, other content/,
  },
  {
    what: 'the rows that the plan expects',
    query: sample(1, { expected: { rows: 10, checksum: 'cafe' } }),
    outcome: 'finished',
    cause: /^$/,
  },
  {
    what: 'a user error',
    query: sample(1, failedWith('SYNTAX_ERROR', 'USER_ERROR')),
    outcome: 'failed-same',
    cause: /fails everywhere: SYNTAX_ERROR/,
  },
  {
    what: 'a full queue',
    query: sample(1, failedWith('QUERY_QUEUE_FULL', 'INSUFFICIENT_RESOURCES')),
    outcome: 'rejected',
    cause: /turned away: QUERY_QUEUE_FULL/,
  },
  {
    what: 'a server that is still starting',
    query: sample(1, failedWith('SERVER_STARTING_UP', 'INTERNAL_ERROR')),
    outcome: 'rejected',
    cause: /routed too early: SERVER_STARTING_UP/,
  },
  {
    what: 'a server that is stopping',
    query: sample(1, failedWith('SERVER_SHUTTING_DOWN', 'INTERNAL_ERROR')),
    outcome: 'failed-infra',
    cause: /server going or coming/,
  },
  {
    what: 'no workers yet',
    query: sample(1, failedWith('NO_NODES_AVAILABLE', 'INTERNAL_ERROR')),
    outcome: 'failed-infra',
    cause: /NO_NODES_AVAILABLE/,
  },
  {
    what: 'a cluster out of memory',
    query: sample(1, failedWith('CLUSTER_OUT_OF_MEMORY', 'INSUFFICIENT_RESOURCES')),
    outcome: 'failed-infra',
    cause: /cluster full/,
  },
  {
    what: 'somebody else cancelled it',
    query: sample(1, failedWith('USER_CANCELED', 'USER_ERROR')),
    outcome: 'failed-infra',
    cause: /killed by somebody else/,
  },
  {
    what: 'an operator killed it',
    query: sample(1, failedWith('ADMINISTRATIVELY_KILLED', 'USER_ERROR')),
    outcome: 'failed-infra',
    cause: /killed by somebody else/,
  },
  {
    what: 'the server says nobody polled',
    query: sample(1, failedWith('ABANDONED_QUERY', 'USER_ERROR')),
    outcome: 'failed-infra',
    cause: /nobody polled/,
  },
  {
    what: 'an internal error on its own',
    query: sample(1, failedWith('GENERIC_INTERNAL_ERROR', 'INTERNAL_ERROR')),
    outcome: 'failed-infra',
    cause: /internal error/,
  },
  { what: 'POST answered 429', query: lostSubmit(1, { httpStatus: 429 }), outcome: 'rejected', cause: /429/ },
  { what: 'POST answered 500', query: lostSubmit(1, { httpStatus: 500 }), outcome: 'rejected', cause: /500/ },
  ...[502, 503, 504].map((httpStatus): Case => {
    const cause = /unknown whether it ran/;
    return {
      what: `POST answered ${httpStatus}`,
      query: lostSubmit(1, { httpStatus }),
      outcome: 'submit-unknown',
      cause,
    };
  }),
  {
    what: 'POST reset',
    query: lostSubmit(1, noAnswer('ECONNRESET: socket hang up')),
    outcome: 'submit-unknown',
    cause: /connection lost before/,
  },
  {
    what: 'POST without an answer in time',
    query: lostSubmit(1, noAnswer('timeout: no answer within 30 s')),
    outcome: 'submit-unknown',
    cause: /connection lost before/,
  },
  {
    what: 'POST refused',
    query: lostSubmit(1, noAnswer('ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:8080')),
    outcome: 'rejected',
    cause: /^refused$/,
  },
  {
    what: 'POST to a name nobody knows',
    query: lostSubmit(1, noAnswer('ENOTFOUND: getaddrinfo ENOTFOUND gateway')),
    outcome: 'rejected',
    cause: /no connection/,
  },
  ...[404, 410, 400, 500, 502].map((status): Case => {
    return {
      what: `poll answered ${status}`,
      query: sample(1, atPoll(status)),
      outcome: 'lost-next',
      cause: new RegExp(`${status}`),
    };
  }),
  {
    what: 'poll broken off',
    query: sample(1, { ...noAnswer('ECONNRESET: reset'), stage: 'poll' }),
    outcome: 'transport',
    cause: /connection broken while polling/,
  },
  {
    what: 'no progress',
    query: sample(1, { end: 'hung', stage: 'poll' }),
    outcome: 'hung',
    cause: /no progress/,
  },
  {
    what: 'interrupted',
    query: sample(1, { end: 'cancelled', stage: 'poll' }),
    outcome: 'cancelled',
    cause: /^$/,
  },
  { what: 'never sent', query: sample(1, NEVER_SENT), outcome: 'never-sent', cause: /^$/ },
];

const outcomesOf = (samples: readonly Sample[], events: Parameters<typeof record>[1] = []) => [
  ...buildLedger(record(samples, events)).entries,
];

describe('the outcome of a query', () => {
  it.each(CASES)('$what: $outcome', ({ query, outcome, cause }) => {
    const [entry] = outcomesOf([query]);
    expect(entry?.outcome).toBe(outcome);
    expect(entry?.cause).toMatch(cause);
  });

  it('every drop has a blame, and nothing else has one', () => {
    for (const entry of outcomesOf(CASES.map((c, i) => ({ ...c.query, seq: i }))))
      expect(entry.blame !== null).toBe(entry.dropped);
  });
});

describe('a query and its pair', () => {
  const paired = (change: Partial<Sample>, other: Partial<Sample>) => [
    sample(1, { pair: 1, ...change }),
    sample(1, { pair: 1, arm: 'baseline', ...other }),
  ];
  const internal = failedWith('GENERIC_INTERNAL_ERROR', 'INTERNAL_ERROR');
  const starting = failedWith('SERVER_STARTING_UP', 'INTERNAL_ERROR');
  const missing = failedWith('CATALOG_NOT_FOUND', 'USER_ERROR');
  it.each([
    ['the same internal error on both', internal, internal, 'failed-same'],
    ['an internal error on the gateway only', internal, {}, 'failed-infra'],
    ['another error on the baseline', internal, failedWith('SYNTAX_ERROR', 'USER_ERROR'), 'failed-infra'],
    ['a starting server on both', starting, starting, 'rejected'],
    ['a catalog that only the baseline finds', missing, {}, 'failed-infra'],
    ['a catalog that nobody finds', missing, missing, 'failed-same'],
    ['a table that a DROP has already dropped', { ...missing, kind: 'ddl' }, { kind: 'ddl' }, 'failed-same'],
  ] as const)('%s', (_, change, other, outcome) => {
    expect(outcomesOf(paired(change, other))[0]?.outcome).toBe(outcome);
  });
});

describe('executions of one statement that differ', () => {
  const run = (seq: number, checksum: string, change: Partial<Sample> = {}) =>
    sample(seq, { statement: 'same', checksum, ...change });
  const wrong = (samples: readonly Sample[]) =>
    outcomesOf(samples).flatMap((e) => (e.outcome === 'wrong' ? [e.sample.seq] : []));

  it('the majority is right', () => {
    expect(wrong([run(1, 'aa'), run(2, 'bb'), run(3, 'bb')])).toEqual([1]);
  });

  it('the baseline outweighs any majority', () => {
    expect(wrong([run(1, 'aa'), run(2, 'aa'), run(3, 'bb', { arm: 'baseline' })])).toEqual([1, 2]);
  });

  it('at a tie the earliest is right', () => {
    expect(wrong([run(2, 'bb', { lastUs: 9 * SECOND }), run(1, 'aa', { lastUs: 8 * SECOND })])).toEqual([2]);
  });

  it('only finished ones have a say, and statements without a digest are not compared', () => {
    expect(wrong([run(1, 'aa'), run(2, 'bb', { end: 'hung' })])).toEqual([]);
    expect(wrong([run(1, 'aa', { statement: '' }), run(2, 'bb', { statement: '' })])).toEqual([]);
  });
});

describe('blame after a kill of bi-green at 10 s', () => {
  const at = 10 * SECOND;
  const onGreen = { queryId: idOn('bi-green') };
  const cut = { end: 'transport-error', stage: 'poll', detail: 'ECONNRESET: reset' } as const;
  const blamed = (query: Sample, events = killed('bi-green', at)) => {
    const [entry] = outcomesOf([query], events);
    return [entry?.blame, entry?.kill?.name ?? ''];
  };
  it.each<[string, Sample, [string, string]]>([
    [
      'in flight on it',
      sample(1, { sentUs: at - SECOND, ...onGreen, ...cut, lastUs: at + SECOND }),
      ['unavoidable', 'kill bi-green'],
    ],
    [
      'in flight on it, and the gateway answers 404 later',
      sample(1, {
        sentUs: at - SECOND,
        ...onGreen,
        end: 'http-error',
        stage: 'poll',
        httpStatus: 404,
        lastUs: at + 9 * SECOND,
      }),
      ['unavoidable', 'kill bi-green'],
    ],
    [
      'lost before the kill',
      sample(1, { sentUs: at - 2 * SECOND, ...onGreen, ...cut, lastUs: at - SECOND }),
      ['avoidable', ''],
    ],
    [
      'in flight on the other cluster',
      sample(1, { sentUs: at - SECOND, ...cut, lastUs: at + SECOND }),
      ['avoidable', ''],
    ],
    [
      'refused at once',
      lostSubmit(1, { sentUs: at + SECOND / 2, ...noAnswer('ECONNREFUSED') }),
      ['detection', 'kill bi-green'],
    ],
    [
      'refused after the detection time',
      lostSubmit(1, { sentUs: at + 1.1 * SECOND, ...noAnswer('ECONNREFUSED') }),
      ['avoidable', ''],
    ],
    [
      'refused at once, of another group',
      lostSubmit(1, { sentUs: at + SECOND / 2, expectedGroup: 'etl', ...noAnswer('ECONNREFUSED') }),
      ['avoidable', ''],
    ],
    [
      'sent at once, admitted by another cluster and lost there',
      sample(1, { sentUs: at + SECOND / 2, ...cut, lastUs: at + SECOND }),
      ['avoidable', ''],
    ],
    [
      'sent just before, POST lost with the process',
      lostSubmit(1, { sentUs: at - 1000, ...noAnswer('ECONNRESET') }),
      ['avoidable', ''],
    ],
  ])('%s', (_, query, answer) => {
    expect(blamed(query)).toEqual(answer);
  });

  it.each<[string, Partial<Sample>, RegExp]>([
    ['a read without a row', { firstRowUs: -1 }, /^owner died: /],
    ['a read with rows', { firstRowUs: at - 1 }, /^owner died after rows had been delivered: /],
    ['a write', { firstRowUs: -1, kind: 'insert' }, /^owner died while more than reading: /],
  ])('the cause names the dead owner, and why it was not run again: %s', (_, change, cause) => {
    const query = sample(1, { sentUs: at - SECOND, ...onGreen, ...cut, lastUs: at + SECOND, ...change });
    expect(outcomesOf([query], killed('bi-green', at))[0]?.cause).toMatch(cause);
  });

  it('a cluster that ends by itself is treated alike', () => {
    const query = sample(1, { sentUs: at - SECOND, ...onGreen, ...cut, lastUs: at + SECOND });
    expect(blamed(query, [event('cluster-lost', at, { cluster: 'bi-green' })])).toEqual([
      'unavoidable',
      'loss of bi-green',
    ]);
  });

  it('a loss that was noticed late happened after the last sign of life', () => {
    const lost = event('cluster-lost', at, { cluster: 'bi-green' });
    const broken = sample(1, {
      sentUs: at - SECOND,
      ...onGreen,
      ...cut,
      firstRowUs: -1,
      lastUs: at - 35 * MS,
    });
    const answered = (lastUs: number) => sample(2, { sentUs: at - SECOND, ...onGreen, lastUs });
    const blameBeside = (other: Sample) => buildLedger(record([broken, other], [lost])).entries.at(0).blame;
    expect(blameBeside(answered(at - 40 * MS))).toBe('unavoidable');
    // It answered another query after that: it lived when this one's connection broke.
    expect(blameBeside(answered(at - 30 * MS))).toBe('avoidable');
    // What others heard of other processes proves nothing, nor does what came in after the notice.
    expect(blameBeside(sample(2, { sentUs: at - SECOND, lastUs: at - 30 * MS }))).toBe('unavoidable');
    expect(blameBeside(answered(at + MS))).toBe('unavoidable');
  });

  it('a graceful stop excuses nothing', () => {
    const query = sample(1, { sentUs: at - SECOND, ...onGreen, ...cut, lastUs: at + SECOND });
    const stop = [
      event('cluster-stopping', at, { cluster: 'bi-green' }),
      event('cluster-stopped', at + SECOND, { cluster: 'bi-green' }),
    ];
    expect(blamed(query, stop)).toEqual(['avoidable', '']);
  });
});
