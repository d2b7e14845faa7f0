import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, idOn, killed, lostSubmit, MS, NEVER_SENT, record, SECOND, sample } from './factory.ts';

const routingOf = (samples: readonly Sample[], events: readonly RunEvent[] = []) =>
  summarise(record(samples, events)).routing;

describe('routing', () => {
  const onEtl = { queryId: idOn('etl-blue') };

  it('is judged by the suffix of the query id', () => {
    const routing = routingOf([sample(1), sample(2, onEtl), sample(3, { ...onEtl, expectedGroup: 'etl' })]);
    expect(routing).toMatchObject({
      correct: 2,
      mismatches: 1,
      ambiguous: 0,
      withoutId: 0,
      unknownSuffix: 0,
    });
    expect(routing.examples).toEqual([
      {
        seq: 2,
        queryId: idOn('etl-blue'),
        source: 'superset',
        expectedGroup: 'bi',
        cluster: 'etl-blue',
        reason: 'ran in group etl',
      },
    ]);
    expect(routing.matrix).toEqual([
      { expectedGroup: 'bi', ranOn: { 'bi-blue': 1, 'etl-blue': 1 } },
      { expectedGroup: 'etl', ranOn: { 'etl-blue': 1 } },
    ]);
  });

  it('keeps apart what has no id, an unknown id, the other arm, and what was never sent', () => {
    const unknown = { queryId: idOn({ suffix: 'zzzzz' }) };
    const samples = [
      lostSubmit(1),
      sample(2, unknown),
      sample(3, { queryId: 'no id at all' }),
      sample(4, { ...onEtl, arm: 'baseline' }),
      sample(5, NEVER_SENT),
    ];
    expect(routingOf(samples)).toMatchObject({ correct: 0, mismatches: 0, withoutId: 1, unknownSuffix: 2 });
  });

  // bi-green takes queries from 10 s on, bi-blue until 12 s; the tolerance is 0.5 s.
  const swap = [
    event('cluster-activated', 10 * SECOND, { cluster: 'bi-green' }),
    event('cluster-deactivated', 12 * SECOND, { cluster: 'bi-blue' }),
  ];
  it.each([
    ['bi-blue', 9, 'correct'],
    ['bi-blue', 11.9, 'correct'],
    ['bi-blue', 12.4, 'ambiguous'],
    ['bi-blue', 12.6, 'mismatches'],
    ['bi-green', 9.4, 'mismatches'],
    ['bi-green', 9.6, 'ambiguous'],
    ['bi-green', 10.1, 'correct'],
    ['bi-green', 30, 'correct'],
  ] as const)('a query that ran on %s, sent at %d s: %s', (cluster, seconds, kind) => {
    const routing = routingOf([sample(1, { sentUs: seconds * SECOND, queryId: idOn(cluster) })], swap);
    expect(routing[kind]).toBe(1);
  });

  it('a statement that was held until a cluster took it ran right, however early it was sent', () => {
    const held = { sentUs: 4 * SECOND, submittedUs: 10 * SECOND + 5 * MS, queryId: idOn('bi-green') };
    expect(routingOf([sample(1, held)], swap)).toMatchObject({ correct: 1, mismatches: 0 });
    expect(routingOf([sample(1, { ...held, submittedUs: 9 * SECOND })], swap).mismatches).toBe(1);
  });

  it.each([
    ['bi-green', 5.4, 'mismatches'],
    ['bi-green', 5.6, 'ambiguous'],
    ['bi-green', 8, 'ambiguous'],
    ['bi-green', 10.1, 'correct'],
    ['bi-blue', 30.4, 'ambiguous'],
  ] as const)(
    'a slow answer: on %s at %d s, while the change is under way, is %s',
    (cluster, seconds, kind) => {
      const slow = [
        event('cluster-activated', 10 * SECOND, { cluster: 'bi-green', tookMs: 4000 }),
        event('cluster-deactivated', 30 * SECOND, { cluster: 'bi-blue', tookMs: 9000 }),
      ];
      const routing = routingOf([sample(1, { sentUs: seconds * SECOND, queryId: idOn(cluster) })], slow);
      expect(routing[kind]).toBe(1);
    },
  );

  it('says how far away the nearest change was', () => {
    const [example] = routingOf([sample(1, { sentUs: 15 * SECOND })], swap).examples;
    expect(example?.reason).toBe('bi-blue was not active; its nearest change was 3 s away');
  });

  it('a restarted process has another suffix on the same cluster', () => {
    const restart = [
      ...killed('bi-green', 10 * SECOND),
      event('cluster-incarnation', 15 * SECOND, { cluster: 'bi-green', group: 'bi', suffix: 'ddddd' }),
    ];
    expect(routingOf([sample(1, { queryId: idOn({ suffix: 'ddddd' }) })], restart).correct).toBe(1);
  });

  it('shows fifty examples at most', () => {
    expect(routingOf(Array.from({ length: 80 }, (_, i) => sample(i, onEtl))).examples).toHaveLength(50);
  });
});

describe('stickiness', () => {
  const stickinessOf = (query: Sample, events: readonly RunEvent[] = []) =>
    summarise(record([query], events)).stickiness;
  const lost = { end: 'http-error', stage: 'poll', httpStatus: 404, strayAnswers: 1 } as const;

  it.each<[string, Partial<Sample>, readonly RunEvent[], number]>([
    ['every poll was answered by its owner', {}, [], 0],
    ['a poll was answered with another query’s id, and it finished all the same', { strayAnswers: 1 }, [], 1],
    ['a poll was answered 404 while its owner lived', lost, [], 1],
    ['the same without a count of stray answers', { ...lost, strayAnswers: 0 }, [], 1],
    [
      'a poll was answered 404 after its owner was killed',
      { ...lost, lastUs: 11 * SECOND },
      killed('bi-blue', 10 * SECOND),
      0,
    ],
    ['a poll was answered 502', { ...lost, httpStatus: 502, strayAnswers: 0 }, [], 0],
    ['nobody followed', { polls: 0, strayAnswers: 1 }, [], 0],
  ])('%s', (_, change, events, broken) => {
    expect(stickinessOf(sample(1, change), events).brokenQueries).toBe(broken);
  });

  it('counts follow-ups and names examples', () => {
    expect(stickinessOf(sample(1, lost))).toEqual({
      queries: 1,
      followUps: 3,
      brokenQueries: 1,
      strayAnswers: 1,
      examples: [
        { seq: 1, queryId: idOn('bi-blue', 1), detail: 'poll went astray: 404 while its owner lived' },
      ],
    });
  });
});

describe('actions', () => {
  const at = 10 * SECOND;
  const cut = { end: 'transport-error', stage: 'poll', lastUs: at + 50 * MS } as const;
  const inFlight = (seq: number) =>
    sample(seq, { sentUs: at - SECOND, queryId: idOn('bi-green', seq), ...cut });

  it('a kill whose queries were all run again elsewhere was felt all the same', () => {
    const rerun = sample(1, {
      ...{ sentUs: 9 * SECOND, lastUs: 12 * SECOND },
      ...{ queryId: idOn('bi-green', 1), rerunId: idOn('bi-blue', 7) },
    });
    const before = sample(2, { ...rerun, seq: 2, lastUs: 9.5 * SECOND });
    const [kill] = summarise(record([rerun, before], killed('bi-green', 10 * SECOND))).actions;
    expect(kill).toMatchObject({ exposed: 1, drops: 0, doubt: '' });
  });

  it('a re-run belongs to the kill that lost the query, not to what else was under way; a kill may end two', () => {
    const rerun = (seq: number, from: 'bi-green' | 'etl-blue') =>
      sample(seq, {
        ...{ sentUs: 9 * SECOND, lastUs: 12 * SECOND },
        ...{ queryId: idOn(from, seq), rerunId: idOn('bi-blue', 10 + seq) },
      });
    const zone = killed('bi-green', at).flatMap((e) =>
      e.type === 'cluster-killed' || e.type === 'cluster-stopped'
        ? [e, { ...e, atUs: e.atUs + MS, cluster: 'etl-blue', group: 'etl' }]
        : [e],
    );
    const roll = [
      event('roll-started', 9.5 * SECOND, { text: 'roll bi: blue', action: 1 }),
      event('roll-finished', 11 * SECOND, { text: 'done', action: 1 }),
    ];
    const samples = [rerun(1, 'bi-green'), rerun(2, 'bi-green'), rerun(3, 'etl-blue')];
    const [kill, rolled] = summarise(record(samples, [...zone, ...roll])).actions;
    expect(kill).toMatchObject({ kind: 'kill', exposed: 3, rerun: 3 });
    expect(rolled).toMatchObject({ kind: 'roll', rerun: 0 });
  });

  it('a kill: what was exposed, who lost what, and when queries went well again', () => {
    const samples = [
      inFlight(1),
      inFlight(2),
      sample(3, { sentUs: at - SECOND, queryId: idOn('bi-green', 3) }),
      lostSubmit(4, { sentUs: at + 100 * MS, httpStatus: 500 }),
      lostSubmit(5, { sentUs: at + 2 * SECOND, httpStatus: 500 }),
      sample(6, { sentUs: at + 400 * MS }),
      sample(7, { sentUs: at + 300 * MS, lastUs: at + 9 * SECOND }),
    ];
    const [action] = summarise(record(samples, killed('bi-green', at))).actions;
    expect(action).toMatchObject({
      ...{ action: 0, kind: 'kill', title: 'kill bi-green (SIGKILL)', ok: true, doubt: '' },
      ...{ exposed: 2, drops: 4, unavoidable: 2, detection: 1, avoidable: 1, firstGoodMs: 500 },
      burstMs: 1950,
    });
    expect(action?.steps.map((s) => s.text)).toContain('cluster-killed');
    expect(action?.steps.map((s) => s.text)).not.toContain('kill bi-green');
  });

  it.each<[string, readonly Sample[], readonly RunEvent[], RegExp]>([
    ['nothing in flight', [sample(1)], killed('bi-green', at), /this kill tested nothing/],
    [
      'nobody saw the process end',
      [inFlight(1)],
      killed('bi-green', at).filter((e) => e.type !== 'cluster-stopped'),
      /nobody saw the process of bi-green end/,
    ],
    [
      'the killed process went on',
      [inFlight(1), sample(2, { sentUs: at + 5 * SECOND, queryId: idOn('bi-green', 2) })],
      killed('bi-green', at),
      /finished a query sent after its kill/,
    ],
  ])('a kill that proves nothing: %s', (_, samples, events, doubt) => {
    expect(summarise(record(samples, events)).actions[0]?.doubt).toMatch(doubt);
  });

  const roll = [
    event('phase', at, { text: 'roll bi: bi-blue → bi-green', action: 0 }),
    event('roll-started', at, { text: 'roll bi: bi-blue → bi-green', action: 0 }),
    event('cluster-activated', at + SECOND, { cluster: 'bi-green', action: 0, tookMs: 12 }),
    event('cluster-deactivated', at + 2 * SECOND, { cluster: 'bi-blue', action: 0 }),
    event('cluster-drained', at + 3 * SECOND, { cluster: 'bi-blue', action: 0 }),
    event('cluster-stopping', at + 3.1 * SECOND, { cluster: 'bi-blue', action: 0 }),
    event('cluster-stopped', at + 3.2 * SECOND, { cluster: 'bi-blue', action: 0 }),
    event('roll-finished', at + 3.3 * SECOND, { text: 'done', action: 0 }),
    event('phase', at + 3.3 * SECOND, { text: 'after', action: -1 }),
  ];

  it('a roll: all its drops are avoidable', () => {
    const samples = [
      sample(1, { sentUs: at + 1.9 * SECOND, lastUs: at + 2.5 * SECOND }),
      sample(2, { sentUs: at + 1.9 * SECOND, ...cut, lastUs: at + 3.15 * SECOND }),
      sample(3, { sentUs: at + 3.2 * SECOND, queryId: idOn('bi-green') }),
    ];
    const summary = summarise(record(samples, roll));
    expect(summary.actions[0]).toMatchObject({
      ...{ kind: 'roll', title: 'bi: bi-blue → bi-green', ok: true, doubt: '' },
      ...{ exposed: 1, drops: 1, avoidable: 1, unavoidable: 0, firstGoodMs: 200 },
    });
    expect(summary.figures['drops.rolls']?.value).toBe(1);
    expect(summary.figures['rolls.completed']?.value).toBe(1);
    expect(summary.figures['rolls.withoutDrop']?.value).toBe(0);
  });

  it.each<[string, Partial<Sample>, number]>([
    ['of its group', {}, 1],
    ['of its group, never admitted', { queryId: '', submittedUs: -1 }, 1],
    ['of another group', { expectedGroup: 'etl', queryId: idOn('etl-blue') }, 0],
    ['of another group, never admitted', { expectedGroup: 'etl', queryId: '', submittedUs: -1 }, 0],
    ['of another group, led into this one', { expectedGroup: 'etl' }, 1],
    ['of its group, led into another one', { queryId: idOn('etl-blue') }, 1],
    ['of a group that nobody knows', { expectedGroup: '', queryId: '', submittedUs: -1 }, 1],
  ])('a roll is to blame for what was lost while it lasted: %s', (_, change, drops) => {
    const query = sample(1, { sentUs: at + SECOND, ...cut, ...change, lastUs: at + 1.5 * SECOND });
    const summary = summarise(record([query], roll));
    expect(summary.actions[0]).toMatchObject({ drops, avoidable: drops });
    expect(summary.drops.map((d) => d.action)).toEqual([drops - 1]);
    expect(summary.figures['drops.outsideFaults']?.value).toBe(1 - drops);
    // The table of phases goes by time alone.
    expect(summary.phases.find((phase) => phase.action === 0)?.drops).toBe(1);
  });

  it('what names no cluster is the gateway’s, and concerns everybody', () => {
    const restart = roll.map(({ cluster: _, group: __, ...rest }) => rest);
    const query = sample(1, { expectedGroup: 'etl', sentUs: at + SECOND, ...cut, lastUs: at + 1.5 * SECOND });
    expect(summarise(record([query], restart)).actions[0]?.drops).toBe(1);
  });

  it('a roll of an idle cluster proves nothing, a failed one is not ok', () => {
    const failed = roll.map((e) => (e.type === 'roll-finished' ? { ...e, type: 'roll-failed' as const } : e));
    const [action] = summarise(record([sample(1)], failed)).actions;
    expect(action?.ok).toBe(false);
    expect(action?.doubt).toMatch(/nothing was in flight on bi-blue/);
  });
});

describe('held up', () => {
  it('counts what finished after waiting more than a second for its first answer', () => {
    const waited = (seq: number, ms: number, more: Partial<Sample> = {}) =>
      sample(seq, { sentUs: 5 * SECOND, submittedUs: 5 * SECOND + ms * MS, lastUs: 30 * SECOND, ...more });
    const { heldUp, figures } = summarise(
      record([
        waited(1, 900),
        waited(2, 1_500),
        waited(3, 4_000),
        waited(4, 9_000, { arm: 'baseline' }),
        lostSubmit(5),
      ]),
    );
    expect(heldUp).toEqual({ count: 2, longestMs: 4_000 });
    expect(figures['queries.heldUp']?.value).toBe(2);
  });
});
