/**
 * One real coordinator: what it answers while it starts, runs and ends. The facts asserted here are what the
 * simulated coordinator copies and what rolls are planned around. Prints the times it measured.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInfo, waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { type PreparedTrino, prepareTrino, startTrino } from '../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../src/fleet/install/trino-install.ts';
import type { Child } from '../../src/fleet/processes/child.ts';
import { type Minder, startMinder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { coordinatorSuffix } from '../../src/trino/query-id.ts';
import { ask, post, runSql } from './statement.ts';

const SCAN = 'SELECT count(*) FROM tpch.tiny.nation';
const SLOW = 'SELECT count(*) FROM tpch.sf1.lineitem a CROSS JOIN tpch.tiny.lineitem b';
const START_LIMIT_MS = 180_000;

let minder: Minder;
let scratch = '';
let prepared: PreparedTrino;
let child: Child;
const times: [what: string, ms: number][] = [];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  const install = await installTrino({
    version: '476',
    plugins: ['tpch', 'memory'],
    note: (text) => console.log(text),
  });
  minder = await startMinder();
  scratch = mkdtempSync(join(tmpdir(), 'rehearse-trino-'));
  minder.addFolder(scratch);
  const port = await claimPort(0, 'the test');
  const catalogs = { tpch: { 'tpch.splits-per-node': '2' }, memory: {} };
  prepared = prepareTrino(install, { name: 'blue', port, dir: join(scratch, 'blue'), catalogs });
}, 600_000);

afterAll(async () => {
  await child?.stop(5_000);
  await minder?.close();
  rmSync(scratch, { recursive: true, force: true });
  console.log(times.map(([what, ms]) => `${(ms / 1000).toFixed(2).padStart(7)} s  ${what}`).join('\n'));
});

const launch = async () => {
  child = await startTrino(prepared, { minder, logFile: join(scratch, 'blue.log') });
  return performance.now();
};

/** A statement's way through a starting coordinator: status, id, and where the error or the next address came. */
async function tryStatement(): Promise<string> {
  const first = await post(prepared.url, 'SELECT 1').catch(() => undefined);
  if (first === undefined) return 'refused';
  const { results } = first;
  if (results === undefined) return `POST ${first.status}`;
  const id = coordinatorSuffix(results.id) === undefined ? 'no id' : 'id';
  if (results.error !== undefined) return `POST ${first.status} ${id} ${results.error.errorName}`;
  const second = await ask(results.nextUri ?? '').catch(() => undefined);
  if (second === undefined) return 'refused';
  const error = second.results?.error;
  return `POST ${first.status} ${id}, GET ${second.status} ${error?.errorName ?? second.results?.stats.state ?? second.text.slice(0, 40)}`;
}

/** Asks again and again while `going` and answers the distinct answers in order, with when each came first. */
async function watch(probe: () => Promise<string>, going: () => boolean, everyMs: number, t0: number) {
  const seen: [answer: string, firstMs: number][] = [];
  while (going()) {
    const answer = await probe();
    if (seen.at(-1)?.[0] !== answer) seen.push([answer, performance.now() - t0]);
    await pause(everyMs);
  }
  return seen;
}

describe('a real coordinator', () => {
  test('starts: closed, silent, starting, said to be ready, ready for scans', async () => {
    const t0 = await launch();
    let ready = false;
    const going = () => !ready;
    const infoAnswer = async () => {
      const info = await readInfo(prepared.url, 6_000);
      return info === undefined ? 'no answer' : `starting:${info.starting}`;
    };
    const stateAnswer = async () => {
      const answer = await ask(`${prepared.url}/v1/info/state`).catch(() => undefined);
      return answer === undefined ? 'refused' : `${answer.status} ${answer.text}`;
    };
    const watching = Promise.all([
      watch(infoAnswer, going, 50, t0),
      watch(tryStatement, going, 100, t0),
      watch(stateAnswer, going, 100, t0),
    ]);
    const scans: string[] = [];
    const info = await waitForInfo(prepared.url, {
      timeoutMs: START_LIMIT_MS,
      exited: child.exited,
      logFile: join(scratch, 'blue.log'),
      until: (answer) => !answer.starting,
    });
    times.push(['launch → starting:false', performance.now() - t0]);
    expect(info).toMatchObject({
      nodeVersion: { version: '476' },
      environment: 'rehearse',
      coordinator: true,
    });
    for (let rows: readonly unknown[] = []; rows.length === 0; await pause(100)) {
      const scan = await runSql(prepared.url, SCAN);
      scans.push(scan.errorName ?? 'rows');
      rows = scan.rows;
      if (rows.length > 0) expect(rows).toEqual([[25]]);
    }
    times.push(['launch → first scan of a table', performance.now() - t0]);
    ready = true;
    const [infos, statements, states] = await watching;
    const lines = (name: string, list: typeof infos) =>
      list.map(([a, ms]) => times.push([`${name}: ${a}`, ms]));
    lines('/v1/info', infos);
    lines('statement', statements);
    lines('/v1/info/state', states);
    times.push([`scans after starting:false: ${scans.join(' ')}`, 0]);

    const inOrderOfAppearance = [...new Set(infos.map(([answer]) => answer))];
    expect(inOrderOfAppearance).toEqual(['no answer', 'starting:true', 'starting:false']);
    // The error comes in the answer of the POST itself or of the first GET, always inside a 200.
    expect(statements.map(([answer]) => answer).filter((a) => a.includes('SERVER_STARTING_UP'))).not.toEqual(
      [],
    );
    expect(new Set(scans.slice(0, -1))).toEqual(new Set(scans.length > 1 ? ['NO_NODES_AVAILABLE'] : []));
    // A starting coordinator calls itself ACTIVE: this address is no health check.
    expect(states[1]?.[0]).toBe('200 "ACTIVE"');
  });

  test('accepts forwarding headers, and names the prefix in its addresses', async () => {
    const answer = await post(prepared.url, 'SELECT 1', {
      'x-forwarded-host': 'gateway.example:8443',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/blue',
    });
    expect(answer.results?.nextUri).toMatch(
      /^https:\/\/gateway\.example:8443\/blue\/v1\/statement\/queued\//,
    );
  });

  test('keeps tables of the memory catalog', async () => {
    expect(
      (await runSql(prepared.url, 'CREATE TABLE memory.default.t AS SELECT 7 AS x')).errorName,
    ).toBeUndefined();
    expect((await runSql(prepared.url, 'SELECT x FROM memory.default.t')).rows).toEqual([[7]]);
  });

  let lastId = '';
  test('on SIGTERM cuts its connections at once, refuses new ones, and ends', async () => {
    let answer = await post(prepared.url, SLOW);
    while (answer.results?.stats.state !== 'RUNNING') answer = await ask(answer.results?.nextUri ?? '');
    lastId = answer.results.id;
    const inFlight = ask(answer.results.nextUri ?? '').then(
      (got) => `${got.status} ${got.text.slice(0, 80)}`,
      (error: Error) => `cut: ${String((error.cause as Error | undefined)?.message ?? error.message)}`,
    );
    await pause(100);
    const t0 = performance.now();
    child.kill('SIGTERM');
    const polled = await inFlight;
    times.push([`SIGTERM → poll in flight: ${polled}`, performance.now() - t0]);
    expect(polled).toMatch(/^cut: /);
    while ((await readInfo(prepared.url, 1_000)) !== undefined) await pause(10);
    times.push(['SIGTERM → port refused', performance.now() - t0]);
    const exit = await child.exited;
    times.push([`SIGTERM → process gone (${exit.code ?? exit.signal})`, performance.now() - t0]);
    expect(exit).toEqual({ code: 143, signal: null });
  });

  test('restarted on the same port it is another process to its clients: new suffix, old queries unknown', async () => {
    const t0 = await launch();
    await waitForInfo(prepared.url, {
      timeoutMs: START_LIMIT_MS,
      exited: child.exited,
      logFile: join(scratch, 'blue.log'),
      until: (info) => !info.starting,
    });
    times.push(['restart → starting:false', performance.now() - t0]);
    const { id, rows } = await runSql(prepared.url, 'SELECT 1');
    expect(rows).toEqual([[1]]);
    expect(coordinatorSuffix(id ?? '')).toMatch(/^[a-km-np-z2-9]{5}$/);
    expect(coordinatorSuffix(id ?? '')).not.toBe(coordinatorSuffix(lastId));
    const old = await ask(`${prepared.url}/v1/statement/executing/${lastId}/y${'0'.repeat(40)}/1`);
    expect([old.status, old.text]).toEqual([404, 'Error 404 Not Found: Query not found']);
    await expect(startTrino(prepared, { logFile: join(scratch, 'second.log') })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });
});
