import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StubServer } from '../../src/stub/index.ts';
import { asUser, get, next, outcome, post, quickStub, run, send, toExecuting } from './wire.ts';

const HOUR = 3_600_000;

describe('what monitors and consoles ask', () => {
  let stub: StubServer;
  let runningId: string;
  /** One query runs, one waits. */
  beforeEach(async () => {
    stub = await quickStub({ maxRunning: 1, workers: 3, service: { kind: 'constant', ms: HOUR } });
    runningId = (await toExecuting(await post(stub, 'SELECT 1'))).id;
    await next(await post(stub, 'SELECT 2'));
  });
  afterEach(() => stub.close());

  const json = async (path: string, headers: Record<string, string> = {}) =>
    JSON.parse((await get(stub.url + path, headers)).text) as never;

  it('/v1/info', async () => {
    expect(await json('/v1/info')).toMatchObject({
      nodeVersion: { version: '476-stub' },
      environment: 'rehearse-stub',
      coordinator: true,
      starting: false,
      coordinatorId: stub.suffix,
      simulation: true,
      uptime: expect.stringMatching(/^\d+\.\d\d(ms|s|m)$/),
    });
    expect((await get(`${stub.url}/v1/info/coordinator`)).status).toBe(200);
    expect(await json('/v1/info/state')).toBe('ACTIVE');
  });

  it('/v1/status by GET and HEAD', async () => {
    expect(await json('/v1/status')).toMatchObject({ coordinator: true, memoryInfo: { pool: {} } });
    expect((await send('HEAD', `${stub.url}/v1/status`)).status).toBe(200);
  });

  it('/metrics in OpenMetrics, filtered by name', async () => {
    const all = await get(`${stub.url}/metrics`, asUser);
    expect(all.headers['content-type']).toBe('application/openmetrics-text;charset=utf-8;version=1.0.0');
    expect(all.text).toContain('trino_execution_name_QueryManager_RunningQueries 1\n');
    expect(all.text).toContain('trino_execution_name_QueryManager_QueuedQueries 1\n');
    expect(all.text).toMatch(/# EOF\n$/);
    const one = await get(
      `${stub.url}/metrics?name[]=trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount`,
      asUser,
    );
    expect(one.text.match(/^trino.*$/gm)).toEqual([
      'trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount 3',
    ]);
    expect((await get(`${stub.url}/metrics`)).status).toBe(401);
  });

  it('/v1/jmx', async () => {
    expect(await json('/v1/jmx/mbean/trino.execution:name=QueryManager')).toMatchObject({
      attributes: [
        { name: 'QueuedQueries', value: 1 },
        { name: 'RunningQueries', value: 1 },
      ],
    });
    expect((await get(`${stub.url}/v1/jmx/mbean/a:name=b`)).status).toBe(404);
  });

  it('/ui/api/stats behind the form login', async () => {
    const closed = await get(`${stub.url}/ui/api/stats`);
    expect([closed.status, closed.headers['www-authenticate']]).toEqual([401, 'Trino-Form-Login']);
    const login = (form: string) =>
      send('POST', `${stub.url}/ui/login`, { 'Content-Type': 'application/x-www-form-urlencoded' }, form);
    const refused = await login('username=rig&password=x');
    expect([refused.status, refused.headers.location]).toEqual([303, `${stub.url}/ui/login.html`]);
    const entered = await login('username=rig&password=&redirectPath=');
    expect([entered.status, entered.headers.location]).toEqual([303, `${stub.url}/ui/`]);
    const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? '';
    expect(await json('/ui/api/stats', { Cookie: cookie })).toMatchObject({
      runningQueries: 1,
      queuedQueries: 1,
      blockedQueries: 0,
      activeWorkers: 3,
      activeCoordinators: 1,
    });
    expect(await json('/ui/api/query', { Cookie: cookie })).toHaveLength(2);
    expect((await get(`${stub.url}/ui/api/stats`, { Cookie: `${cookie}x` })).status).toBe(401);
  });

  it('/v1/query lists, filters by state and tells one', async () => {
    expect((await get(`${stub.url}/v1/query`)).status).toBe(401);
    expect(await json('/v1/query', asUser)).toHaveLength(2);
    expect(await json('/v1/query?state=RUNNING', asUser)).toMatchObject([
      { queryId: runningId, state: 'RUNNING', query: 'SELECT 1', session: { user: 'rig' } },
    ]);
    expect(await json(`/v1/query/${runningId}`, asUser)).toMatchObject({
      queryId: runningId,
      finalQueryInfo: false,
    });
    expect(await json('/v1/queryState', asUser)).toHaveLength(2);
  });

  it('DELETE /v1/query/{id} cancels, PUT killed and preempted kill with a message', async () => {
    expect((await send('DELETE', `${stub.url}/v1/query/${runningId}`, asUser)).status).toBe(204);
    expect(await json(`/v1/query/${runningId}`, asUser)).toMatchObject({
      state: 'FAILED',
      errorCode: { code: 3, fatal: true },
    });
    const other = await next(await post(stub, 'SELECT 3'));
    const kill = () => send('PUT', `${stub.url}/v1/query/${other.id}/killed`, asUser, 'too long');
    expect((await kill()).status).toBe(202);
    expect((await kill()).status).toBe(409);
    expect((await next(other)).error).toMatchObject({
      errorCode: 38,
      message: 'Query killed. Message: too long',
    });
    expect(
      (await send('PUT', `${stub.url}/v1/query/20200101_000000_00000_abcde/killed`, asUser, '')).status,
    ).toBe(410);
  });

  it('redirects / to /ui/', async () => {
    const root = await get(stub.url);
    expect([root.status, root.headers.location]).toEqual([303, `${stub.url}/ui/`]);
  });
});

describe('what is asked in SQL', () => {
  let stub: StubServer;
  let runningId: string;
  beforeEach(async () => {
    const long = `${import.meta.dirname}/slow-select-1.json`;
    stub = await quickStub({ service: { kind: 'table', file: long }, workers: 2 });
    runningId = (await toExecuting(await post(stub, 'SELECT 1', { 'X-Trino-Source': 'etl' }))).id;
  });
  afterEach(() => stub.close());

  const rows = async (sql: string) => (await run(stub, sql)).flatMap((page) => page.data ?? []);

  it('system.runtime.queries, live', async () => {
    const me = 'SELECT query_id, state, source FROM system.runtime.queries';
    expect(await rows(me)).toEqual([
      [runningId, 'RUNNING', 'etl'],
      [expect.any(String), 'RUNNING', ''],
    ]);
    expect(await rows("SELECT count(*) FROM system.runtime.queries WHERE state = 'RUNNING'")).toEqual([[2]]);
    expect(
      await rows("SELECT count(*) AS n FROM system.runtime.queries WHERE state IN ('QUEUED', 'FAILED')"),
    ).toEqual([[0]]);
    expect(
      await rows(
        "SELECT state, COUNT(*) as count FROM system.runtime.queries WHERE user != 'rig' AND date_diff('hour', created, now()) <= 1 GROUP BY state",
      ),
    ).toEqual([
      ['RUNNING', 2],
      ['FINISHED', 3],
    ]);
  });

  it('system.runtime.nodes', async () => {
    expect(await rows('SELECT coordinator, state FROM system.runtime.nodes')).toEqual([
      [true, 'active'],
      [false, 'active'],
    ]);
    expect(await rows("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'")).toEqual([[2]]);
  });

  it.each([
    (id: string) => `CALL system.runtime.kill_query(query_id => '${id}', message => 'Superset')`,
    (id: string) => `CALL system.runtime.kill_query(message => 'Superset', query_id => '${id}')`,
    (id: string) => `CALL system.runtime.kill_query('${id}', 'Superset')`,
  ])('kill_query, form %#', async (call) => {
    expect(await outcome(stub, call(runningId))).toMatchObject({ updateType: 'CALL' });
    expect(await json(`/v1/query/${runningId}`)).toMatchObject({
      errorCode: { code: 38, name: 'ADMINISTRATIVELY_KILLED' },
    });
    expect((await outcome(stub, call(runningId))).error?.errorName).toBe('NOT_SUPPORTED');
    expect((await outcome(stub, call('20200101_000000_00000_abcde'))).error?.errorName).toBe('NOT_FOUND');
  });

  const json = async (path: string) => JSON.parse((await get(stub.url + path, asUser)).text) as unknown;
});
