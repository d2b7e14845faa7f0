// The analyser as the proxy sees it: bodies in, facts out, whatever the statement does to the parser.
import { zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import {
  type AnalysisRequest,
  type Analyzer,
  type AnalyzerOptions,
  createAnalyzer,
} from '../../../gateway/sql/analyzer.ts';

const open: Analyzer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((analyzer) => analyzer.close()));
});

function analyzer(options: AnalyzerOptions = {}): Analyzer {
  // Far above what a busy machine needs: a test that wants the limit sets it.
  const one = createAnalyzer({ timeLimitMs: 20_000, longestWaitMs: 20_000, ...options });
  open.push(one);
  return one;
}

function post(sql: string, more: Partial<AnalysisRequest> = {}): AnalysisRequest {
  const body = Buffer.from(sql);
  return { method: 'POST', body, catalog: 'hive', schema: 'web', preparedStatements: [], ...more };
}

const names = (tables: readonly { catalog: string; schema: string; table: string }[]) =>
  tables.map(({ catalog, schema, table }) => `${catalog}.${schema}.${table}`);

/** Takes the parser many seconds: it looks ahead through all levels, at each of them. */
const ENDLESS = `SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`;

describe('what is analysed', () => {
  test('a statement, with its tables completed by the defaults', async () => {
    const facts = await analyzer().analyse(post('SELECT * FROM clicks JOIN pg.crm.users USING (id)'));
    expect(facts).toMatchObject({
      queryType: 'Query',
      resourceGroupQueryType: 'SELECT',
      catalogs: ['hive', 'pg'],
      catalogSchemas: ['hive.web', 'pg.crm'],
      isNewQuerySubmission: true,
      isQueryParsingSuccessful: true,
    });
    expect(names(facts.tables)).toEqual(['hive.web.clicks', 'pg.crm.users']);
  });

  test('a GET has no statement, and no thread is started for it', async () => {
    const one = analyzer();
    const facts = await one.analyse(post('SELECT 1', { method: 'GET' }));
    expect(facts).toMatchObject({ body: '', queryType: '', isNewQuerySubmission: false });
    expect(facts.isQueryParsingSuccessful).toBe(true);
    expect(one.stats.analysed).toBe(0);
  });

  test('a text of another charset is left alone', async () => {
    const contentType = 'text/plain; charset="ISO-8859-1"';
    expect(await analyzer().analyse(post('SELECT 1', { contentType }))).toMatchObject({
      body: '',
      isQueryParsingSuccessful: true,
    });
  });

  test('the limit counts characters, and its length itself is too long', async () => {
    const one = analyzer({ maxBodySize: 20 });
    const at = (length: number) => one.analyse(post(`SELECT '${'ä'.repeat(length - 9)}'`));
    expect((await at(19)).queryType).toBe('Query');
    expect(await at(20)).toMatchObject({ body: '', queryType: '', isQueryParsingSuccessful: true });
    expect(one.stats.tooLong).toBe(1);
  });
});

describe('prepared statements', () => {
  const shared = createAnalyzer({ timeLimitMs: 20_000, longestWaitMs: 20_000 });
  afterAll(() => shared.close());
  const sql = "SELECT a + b FROM clicks WHERE c = ? AND d LIKE '50%'";
  const encoded = encodeURIComponent(sql);
  const compressed = `$zstd:${zstdCompressSync(sql).toString('base64url')}`;

  test.each([
    ['alone', [`q=${encoded}`]],
    ['among others on one line', [`a=SELECT+1, q=${encoded},b=SELECT+2`]],
    ['on a line of its own', ['a=SELECT+1', `q=${encoded}`]],
    ['compressed, encoded as clients send it', [`q=${encodeURIComponent(compressed)}`]],
    ['compressed, as it is', [`q=${compressed}`]],
    ['compressed, with padding', [`q=${compressed}==`]],
  ])('%s', async (_case, preparedStatements) => {
    const facts = await shared.analyse(post('EXECUTE q USING 1', { preparedStatements }));
    expect(facts).toMatchObject({ body: sql, queryType: 'Query', resourceGroupQueryType: 'SELECT' });
    expect(names(facts.tables)).toEqual(['hive.web.clicks']);
  });

  test('one that is not known stays an Execute', async () => {
    const facts = await shared.analyse(post('EXECUTE q', { preparedStatements: ['p=SELECT+1'] }));
    expect(facts).toMatchObject({ queryType: 'Execute', tables: [], isQueryParsingSuccessful: true });
  });

  test('one that runs itself leads no further', async () => {
    const facts = await shared.analyse(post('EXECUTE q', { preparedStatements: ['q=EXECUTE+q'] }));
    expect(facts).toMatchObject({ queryType: 'Execute', resourceGroupQueryType: 'UNKNOWN' });
  });

  test.each([
    ['without a value', 'q=', 'preparedStatement must be formatted as name=value, but is q='],
    ['with two', 'q=a=b', 'preparedStatement must be formatted as name=value, but is q=a=b'],
    ['not URL-encoded', 'q=50%zz', 'prepared statement is not URL-encoded'],
    ['not zstd', 'q=$zstd:AAAA', 'prepared statement could not be decompressed: not zstd'],
  ])('a header %s is told', async (_case, line, errorMessage) => {
    expect(await shared.analyse(post('EXECUTE q', { preparedStatements: [line] }))).toMatchObject({
      isQueryParsingSuccessful: false,
      errorMessage,
    });
  });

  test('a compressed text may not grow beyond the limit', async () => {
    const bomb = `q=$zstd:${zstdCompressSync('x'.repeat(50_000_000)).toString('base64url')}`;
    const facts = await shared.analyse(post('EXECUTE q', { preparedStatements: [bomb] }));
    expect(facts.errorMessage).toBe('prepared statement could not be decompressed: too long');
  });

  test('a body in the second format carries its own', async () => {
    const one = analyzer({ clientsUseV2Format: true });
    const body = JSON.stringify({ query: 'EXECUTE q', preparedStatements: { q: sql } });
    expect(await one.analyse(post(body))).toMatchObject({ body: sql, queryType: 'Query' });
    expect((await one.analyse(post('SELECT 1'))).queryType).toBe('Query');
    expect((await one.analyse(post('{"query": "SELECT 1"}'))).isQueryParsingSuccessful).toBe(false);
  });
});

describe('bounds', () => {
  test('the same text and defaults are parsed once, also when asked for at once', async () => {
    const one = analyzer();
    await Promise.all([one.analyse(post('SELECT 1')), one.analyse(post('SELECT 1'))]);
    await one.analyse(post('SELECT 1'));
    await one.analyse(post('SELECT 1', { schema: 'other' }));
    expect(one.stats).toMatchObject({ analysed: 2, cacheHits: 1, cachedEntries: 2 });
  });

  test('the cache forgets what was used longest ago', async () => {
    const one = analyzer({ cacheEntries: 2 });
    for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 1', 'SELECT 3', 'SELECT 1', 'SELECT 2'])
      await one.analyse(post(sql));
    expect(one.stats).toMatchObject({ analysed: 4, cacheHits: 2, cachedEntries: 2 });
  });

  test('a statement that takes too long is given up, and the next one is analysed', async () => {
    const one = analyzer({ timeLimitMs: 1_000 });
    const [slow, next] = await Promise.all([one.analyse(post(ENDLESS)), one.analyse(post('SELECT 1'))]);
    expect(slow).toMatchObject({ queryType: '', isQueryParsingSuccessful: false });
    expect(slow.errorMessage).toBe('analysis took longer than 1000 ms');
    expect(next.queryType).toBe('Query');
    expect(one.stats).toMatchObject({ timedOut: 1, analysed: 1, unsuccessful: 1 });
  });

  test('the thread that proxies goes on while a statement is parsed', async () => {
    const one = analyzer({ timeLimitMs: 500 });
    await one.analyse(post('SELECT 1'));
    let turns = 0;
    const beat = setInterval(() => turns++, 5);
    await one.analyse(post(ENDLESS));
    clearInterval(beat);
    expect(turns).toBeGreaterThan(10);
  });

  test('a full queue refuses, and is counted', async () => {
    const one = analyzer({ mostQueued: 3 });
    const all = await Promise.all([1, 2, 3, 4, 5].map((n) => one.analyse(post(`SELECT ${n}`))));
    expect(all.map((facts) => facts.isQueryParsingSuccessful)).toEqual([true, true, true, false, false]);
    expect(all.at(-1)?.errorMessage).toBe('too many statements wait to be analysed');
    expect(one.stats).toMatchObject({ overflowed: 2, queued: 0 });
  });

  test('nesting that exhausts the stack is a failure with a message', async () => {
    const one = analyzer();
    const facts = await one.analyse(post(`SELECT ${'NOT '.repeat(50_000)} a`));
    expect(facts.errorMessage).toBe('line 1:1: statement is too large (stack overflow while parsing)');
    expect((await one.analyse(post('SELECT 1'))).queryType).toBe('Query');
    expect(one.stats).toMatchObject({ analysed: 2, workerFailures: 0 });
  });

  test('closing answers what waits', async () => {
    const one = analyzer();
    const waiting = one.analyse(post(ENDLESS));
    await one.close();
    expect(await waiting).toMatchObject({ isQueryParsingSuccessful: false, errorMessage: 'stopped' });
  });
});
