import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceTimes, statementSha } from '../../src/stub/coordinator/service-time.ts';
import { outcome, quickStub } from './wire.ts';

const statements = Array.from({ length: 4_000 }, (_, i) => `SELECT ${i} FROM a.b.c`);

describe('drawn service times', () => {
  const service = { kind: 'lognormal', medianMs: 50, sigma: 0.5 } as const;

  it('depend on the seed and the statement alone', () => {
    const [a, b, other] = [1, 1, 2].map((seed) => serviceTimes({ seed, service }));
    const times = (of: typeof a) => statements.slice(0, 50).map((sql) => of?.(sql).ms);
    expect(times(a)).toEqual(times(b));
    expect(times(a)).not.toEqual(times(other));
  });

  it('have the median and the spread asked for', () => {
    const logs = statements
      .map((sql) => Math.log(serviceTimes({ seed: 3, service })(sql).ms))
      .toSorted((x, y) => x - y);
    expect(Math.exp(logs[2_000] ?? 0)).toBeCloseTo(50, -1);
    const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
  });
});

describe('a service table', () => {
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'stub-table-'));
    file = join(dir, 'table.json');
    const failure = {
      errorName: 'DIVISION_BY_ZERO',
      errorCode: 8,
      errorType: 'USER_ERROR',
      message: 'Division by zero',
    };
    writeFileSync(
      file,
      JSON.stringify({
        default: 3,
        byStatement: { [statementSha('SELECT 1')]: 80 },
        failures: {
          [statementSha('SELECT 1/0')]: [failure],
          [statementSha('SELECT 1/x')]: [{ ...failure, share: 0.5 }],
        },
      }),
    );
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('tells times by the trimmed text, and the default for others', () => {
    const times = serviceTimes({ seed: 1, service: { kind: 'table', file } });
    expect([times('SELECT 1').ms, times(' SELECT 1\n').ms, times('SELECT 2').ms]).toEqual([80, 80, 3]);
  });

  it('makes planned failures fail on every coordinator', async () => {
    const stub = await quickStub({ service: { kind: 'table', file } });
    expect((await outcome(stub, ' SELECT 1/0 ')).error).toMatchObject({
      errorCode: 8,
      message: 'Division by zero',
    });
    await stub.close();
  });

  it('makes what fails now and then fail alike in both arms of a pair, and when it is run again elsewhere', async () => {
    const stubs = await Promise.all([1, 2].map(() => quickStub({ service: { kind: 'table', file } })));
    const failsAs = async (arm: string, seq: number, stub = stubs[0]) => {
      const headers = { 'x-trino-trace-token': `2026-03-02T08-15-00-roll-${arm}${seq}` };
      return stub === undefined ? '' : (await outcome(stub, 'SELECT 1/x', headers)).error?.errorName;
    };
    const seqs = Array.from({ length: 24 }, (_, seq) => seq);
    const through = await Promise.all(seqs.map((seq) => failsAs('g', seq)));
    expect(new Set(through)).toEqual(new Set(['DIVISION_BY_ZERO', undefined]));
    expect(await Promise.all(seqs.map((seq) => failsAs('b', seq, stubs[1])))).toEqual(through);
    await Promise.all(stubs.map((stub) => stub.close()));
  });

  it('is refused with the place of the mistake', () => {
    const bad = join(dir, 'bad.json');
    writeFileSync(bad, '{\n  "default": -1\n}');
    expect(() => serviceTimes({ seed: 1, service: { kind: 'table', file: bad } })).toThrow(
      /bad\.json:2:\d+: default/,
    );
    writeFileSync(bad, '{');
    expect(() => serviceTimes({ seed: 1, service: { kind: 'table', file: bad } })).toThrow(/not JSON/);
    expect(() => serviceTimes({ seed: 1, service: { kind: 'table', file: join(dir, 'none') } })).toThrow(
      /no such file/,
    );
  });
});
