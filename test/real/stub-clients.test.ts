/** Real clients against the simulated coordinator: they must not be able to tell it from Trino. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedResult, type StubServer, startStub, statementSha } from '../../src/stub/index.ts';
import { pythonWithTrino } from './python-env.ts';

const run = promisify(execFile);
const SLOW = 'SELECT * FROM tpch.sf1.lineitem';

describe('the Python client', () => {
  let stub: StubServer;
  let dir: string;
  let said: Record<string, unknown>;

  beforeAll(async () => {
    const python = await pythonWithTrino();
    dir = mkdtempSync(join(tmpdir(), 'stub-clients-'));
    const file = join(dir, 'service.json');
    writeFileSync(file, JSON.stringify({ default: 5, byStatement: { [statementSha(SLOW)]: 3_600_000 } }));
    stub = await startStub({
      startup: { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 },
      service: { kind: 'table', file },
    });
    const { hostname, port } = new URL(stub.url);
    const script = join(import.meta.dirname, 'python_client.py');
    const { stdout } = await run(python, [script, hostname, port, SLOW], { timeout: 120_000 });
    said = JSON.parse(stdout) as Record<string, unknown>;
  });

  afterAll(async () => {
    await stub?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('selects', () => {
    expect(said.select).toEqual({ rows: [['1', 'x', '1.50']], names: ['one', 'x', 'd'] });
  });

  it('reads a result of several pages', () => {
    expect(said.pages).toEqual({ count: 2_345, sum: (2_345 * 2_346) / 2 });
  });

  it('converts values of every type', () => {
    const rows = expectedResult('SELECT * FROM hive.sales.orders')?.rows;
    expect(said.typed).toEqual({ count: rows, width: expect.any(Number) });
  });

  it('raises user errors by name', () => {
    expect(said.error).toEqual({ name: 'TABLE_NOT_FOUND', type: 'USER_ERROR', code: 46 });
  });

  it('cancels a running query', () => {
    expect(said.cancel).toMatchObject({ query: true });
    expect(stub.state()).toMatchObject({ running: 0, queued: 0, open: 0 });
  });

  it('runs prepared statements', () => {
    expect(said.prepared).toEqual({ rows: [[7, "a'b"]] });
  });

  it('follows USE and SET SESSION', () => {
    expect(said.session).toEqual({
      catalog: 'tpch',
      schema: 'sf1',
      properties: { query_max_run_time: '1h' },
    });
  });

  it('runs a transaction to its commit', () => {
    expect(said.transaction).toEqual({ rows: [[1]], id: 36 });
  });

  it('inserts and is told how many rows', () => {
    expect(said.insert).toEqual({ counted: true, type: 'INSERT' });
  });
});
