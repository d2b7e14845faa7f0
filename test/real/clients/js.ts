/** npm `trino-client`, in this process. It has neither transactions nor prepared statements of its own. */
import { BasicAuth, Trino } from 'trino-client';
import { type ClientUnderTest, LARGE, MISSING, PAGES, type Totals } from './client.ts';

const connect = (url: string): Trino =>
  Trino.create({ server: url, catalog: 'tpch', schema: 'tiny', auth: new BasicAuth('js') });

async function rows(client: Trino, sql: string): Promise<readonly (readonly unknown[])[]> {
  const all: (readonly unknown[])[] = [];
  for await (const { data, error } of await client.query(sql)) {
    if (error) throw new Error(error.errorName);
    all.push(...((data ?? []) as readonly unknown[][]));
  }
  return all;
}

async function totals(url: string, sql: string): Promise<Totals> {
  const all = await rows(connect(url), sql);
  return { rows: all.length, sum: all.reduce((sum, [first]) => sum + Number(first), 0) };
}

export const jsClient: ClientUnderTest = {
  name: 'npm trino-client',
  ready: async () => undefined,
  async run(url) {
    const session = connect(url);
    await rows(session, "SET SESSION query_max_run_time = '77m'");
    const set = await rows(session, "SHOW SESSION LIKE 'query_max_run_time'");
    const client = connect(url);
    await rows(client, 'PREPARE p FROM SELECT ? + 1');
    return {
      simple: (await rows(client, "SELECT 1, 'x'"))[0]?.map(String) ?? [],
      prepared: String((await rows(client, 'EXECUTE p USING 41'))[0]?.[0]),
      pages: await totals(url, PAGES),
      large: await totals(url, LARGE),
      session: String(set[0]?.[1]),
      error: await rows(client, MISSING).then(
        () => 'none',
        (error: Error) => error.message,
      ),
    };
  },
  async start(url, sql) {
    const client = connect(url);
    // The iterator hands nothing out before the first row, so it is read in the background.
    (async () => {
      for await (const _ of await client.query(sql));
    })().catch(() => {});
    return {
      cancel: async (id) => {
        await client.cancel(id);
      },
    };
  },
};
