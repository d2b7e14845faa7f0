import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import {
  readStatementTexts,
  STATEMENTS_FILE,
  writeStatementTexts,
} from '../../src/measure/record/statement-texts.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, idOn, lostSubmit, MS, pairOf, record, SECOND, sample } from './factory.ts';

describe('the spread over clusters', () => {
  const on = (seq: number, cluster: 'bi-blue' | 'bi-green') => sample(seq, { queryId: idOn(cluster, seq) });
  const spreadOf = (samples: readonly Sample[], events: readonly RunEvent[] = []) =>
    summarise(record(samples, events)).distribution;

  it('is even when both get the same, and its longest streak is told with its cluster', () => {
    const turns = ['bi-blue', 'bi-green', 'bi-green', 'bi-green', 'bi-blue', 'bi-blue'] as const;
    expect(spreadOf(turns.map((cluster, i) => on(i, cluster)))).toEqual([
      {
        group: 'bi',
        ran: 6,
        clusters: [
          { cluster: 'bi-blue', ran: 3 },
          { cluster: 'bi-green', ran: 3 },
        ],
        ...{ choices: 6, unevenness: 0, longestStreak: 3, streakOn: 'bi-green' },
      },
    ]);
  });

  it('is 100 % when one of two gets them all', () => {
    const [bi] = spreadOf([on(0, 'bi-green'), on(1, 'bi-green')]);
    expect(bi).toMatchObject({ choices: 2, unevenness: 1, longestStreak: 2, streakOn: 'bi-green' });
  });

  it('looks only at what was admitted while there was a choice', () => {
    // bi-green opens at 2 s, bi-blue closes at 4 s, the tolerance is 0.5 s: two of the six had a choice.
    const times = [1, 1.5, 2.2, 2.6, 3.4, 5];
    const samples = times.map((t, i) =>
      sample(i, { queryId: idOn(t === 2.2 || t >= 3 ? 'bi-green' : 'bi-blue', i), sentUs: t * SECOND }),
    );
    const [bi] = spreadOf(samples, [
      event('cluster-activated', 2 * SECOND, { cluster: 'bi-green' }),
      event('cluster-deactivated', 4 * SECOND, { cluster: 'bi-blue' }),
    ]);
    expect(bi).toMatchObject({ ran: 6, choices: 2, unevenness: 0, longestStreak: 1 });
  });

  it('says nothing of groups with one cluster, and leaves out what ran nowhere', () => {
    const etl = sample(1, { queryId: idOn('etl-blue'), expectedGroup: 'etl' });
    expect(spreadOf([etl, lostSubmit(2)])).toEqual([
      {
        ...{ group: 'etl', ran: 1, clusters: [{ cluster: 'etl-blue', ran: 1 }] },
        ...{ choices: 0, unevenness: null, longestStreak: 0, streakOn: '' },
      },
    ]);
  });
});

describe('statements by their shape', () => {
  const took = (seq: number, fingerprint: string, ms: number, sentUs = SECOND * (seq + 1)) =>
    sample(seq, { fingerprint, sentUs, lastUs: sentUs + ms * MS });

  it('stand by their median, with what was dropped beside', () => {
    const samples = [took(0, 'fast', 10), took(1, 'slow', 300), took(2, 'slow', 500)];
    const { statements } = summarise(record([...samples, lostSubmit(3, { fingerprint: 'slow' })]));
    expect(statements.shapes).toBe(2);
    expect(statements.slowest.map((row) => row.fingerprint)).toEqual(['slow', 'fast']);
    expect(statements.slowest[0]).toMatchObject({
      ...{ planned: 3, finished: 2, drops: 1, medianMs: 400, p95Ms: null, maxMs: 500, totalMs: 800 },
      change: null,
    });
  });

  it('are ranked by the certain part of their change, gains too, and only with an interval', () => {
    const pairs = (fingerprint: string, first: number, n: number, extra: (i: number) => number) =>
      Array.from({ length: n }, (_, i) =>
        pairOf(first + i, (first + i + 1) * SECOND, extra(i) * MS).map((s) => ({ ...s, fingerprint })),
      ).flat();
    const samples = [
      ...pairs('noisy', 0, 8, (i) => (i % 2 === 0 ? 90 : -80)),
      ...pairs('slower', 10, 8, (i) => 5 + i / 10),
      ...pairs('faster', 20, 8, (i) => -9 - i / 10),
      ...pairs('few', 30, 5, () => 50),
    ];
    const { changed } = summarise(record(samples)).statements;
    expect(changed.map((row) => row.fingerprint)).toEqual(['faster', 'slower', 'noisy']);
    const slower = changed[1]?.change;
    expect(slower).toMatchObject({ pairs: 8, baselineMedianMs: 100 });
    expect(slower?.estimateMs).toBeCloseTo(5.35, 6);
    expect(slower?.lowMs).toBeGreaterThanOrEqual(5);
    expect(slower?.highMs).toBeLessThanOrEqual(5.7);
  });
});

describe('the file of shapes', () => {
  it('holds each once, without a literal, and is read back', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rehearse-shapes-'));
    const query = (fingerprint: string, sql: string) => ({ fingerprint, sql });
    writeStatementTexts(dir, [
      query('a', "select t.*, f(1) from t where token = 'secret-4711' -- secret comment"),
      query('a', 'select 2'),
      query('b', `select ${'x, '.repeat(3000)} 1`),
    ]);
    expect(readFileSync(join(dir, STATEMENTS_FILE), 'utf8')).not.toMatch(/secret|4711/);
    const texts = await readStatementTexts(dir);
    expect(texts.get('a')).toBe('SELECT T.*, F (?) FROM T WHERE TOKEN = ?');
    expect(texts.get('b')).toHaveLength(4002);
    expect(texts.size).toBe(2);
  });

  it('may be missing: older records have none', async () => {
    expect((await readStatementTexts(mkdtempSync(join(tmpdir(), 'rehearse-shapes-')))).size).toBe(0);
  });
});
