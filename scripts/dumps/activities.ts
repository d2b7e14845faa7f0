/** What people and schedulers do at one go: load a dashboard, work in a notebook, run a model. */
import { type Random, seededRandom } from '../../src/base/random.ts';
import { ADHOC } from './adhoc.ts';
import { CHARTS } from './charts.ts';
import { AIRFLOW, DBT_MODELS, DBT_TESTS, LOAD_LOG } from './etl.ts';
import { batchTime, officeTime, PEOPLE, skewed } from './people.ts';
import { type Context, type Cost, fullYear, type Template } from './template.ts';
import { TOOLS } from './tools.ts';

/** A query as its client sends it, before any cluster has seen it. */
export interface Draft {
  /** Milliseconds since midnight. */
  readonly atMs: number;
  readonly sql: string;
  readonly cost: Cost;
  readonly user: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly userAgent: string;
  readonly catalog: string;
  readonly schema: string;
  readonly session: Readonly<Record<string, string>>;
  readonly clientInfo?: string;
  readonly prepared?: string;
}

type Client = Omit<Draft, 'atMs' | 'sql' | 'cost'>;

const DAY = '2026-03-02';
const PYTHON = 'trino-python-client/0.333.0';
const JDBC = 'Trino JDBC Driver/476';

function context(random: Random, schema: string | undefined): Context {
  return { random, table: (name) => (schema === undefined ? name : `tpch.${schema}.${name}`) };
}

/** The statement in full names at `tiny`, or now and then at `sf1` where it is small enough. */
function written(random: Random, template: Template): string {
  const schema = template.small === true && random.next() < 0.15 ? 'sf1' : 'tiny';
  return template.sql(context(random, schema));
}

function draft(client: Client, atMs: number, cost: Cost, sql: string): Draft {
  return { ...client, atMs, sql, cost };
}

const DASHBOARDS = 10;
const VARIANTS = 4;

/** The charts of a dashboard under one of its filter settings: the same texts whoever opens it. */
function dashboardCharts(dashboard: number, variant: number): readonly { template: Template; sql: string }[] {
  const layout = seededRandom(dashboard, 'dashboard layout');
  const filters = seededRandom(dashboard * VARIANTS + variant, 'dashboard filters');
  return Array.from({ length: 3 + layout.below(4) }, () => {
    const template = layout.pick(CHARTS);
    return { template, sql: written(filters, template) };
  });
}

export function superset(random: Random): Draft[] {
  const atMs = officeTime(random);
  const isEmbedded = random.next() < 0.1;
  const client: Client = {
    user: isEmbedded ? 'embedded_portal' : skewed(random, PEOPLE.dashboards),
    source: 'Apache Superset',
    tags: isEmbedded ? ['embedded', 'team=portal'] : random.next() < 0.04 ? ['sqllab'] : [],
    userAgent: PYTHON,
    catalog: 'tpch',
    schema: 'tiny',
    session: random.next() < 0.1 ? { query_max_run_time: '5m' } : {},
  };
  const what = random.next();
  if (what < 0.12) return [oneOf(random, client, atMs, TOOLS)];
  if (what < 0.3) return [oneOf(random, client, atMs, ADHOC)];
  const variant = random.next() < 0.65 ? 0 : random.below(VARIANTS);
  const charts = dashboardCharts(Math.floor(random.next() ** 2 * DASHBOARDS), variant);
  return charts.map(({ template, sql }) => draft(client, atMs + random.next() * 1_800, template.cost, sql));
}

function oneOf(random: Random, client: Client, atMs: number, templates: readonly Template[]): Draft {
  const template = random.pick(templates);
  return draft(client, atMs, template.cost, written(random, template));
}

export function querybook(random: Random): Draft[] {
  const start = officeTime(random);
  const tagged = random.next();
  const client: Client = {
    user: skewed(random, PEOPLE.editors),
    source: 'trino-python-client',
    tags: tagged < 0.12 ? ['querybook', 'scheduled'] : tagged < 0.2 ? ['priority=high'] : [],
    userAgent: PYTHON,
    catalog: 'tpch',
    schema: 'tiny',
    session: random.next() < 0.2 ? { query_max_run_time: '10m', join_distribution_type: 'PARTITIONED' } : {},
  };
  return steps(random, start, 1 + random.below(4), 90e3).map((atMs) =>
    random.next() < 0.05 ? preparedLookup(random, client, atMs) : oneOf(random, client, atMs, ADHOC),
  );
}

/** A parametrised query as the Python client sends it: EXECUTE, with the statement's text in a header. */
function preparedLookup(random: Random, client: Client, atMs: number): Draft {
  const name = `st_${random
    .below(36 ** 6)
    .toString(36)
    .padStart(6, '0')}`;
  return {
    ...client,
    atMs,
    cost: 'light',
    sql: `EXECUTE ${name} USING ${1 + random.below(1500)}, DATE '${fullYear(random)}-01-01'`,
    prepared:
      'SELECT orderkey, orderdate, totalprice FROM tpch.tiny.orders WHERE custkey = ? AND orderdate >= ? ORDER BY orderkey',
  };
}

/** Times of `count` steps with pauses to think in between. */
function steps(random: Random, start: number, count: number, pauseMs: number): number[] {
  let atMs = start;
  return Array.from({ length: count }, (_, i) => {
    if (i > 0) atMs += pauseMs * (0.2 + random.next() * 1.6);
    return atMs;
  });
}

const NOTEBOOKS = ['2JX4KQ9A1', '2KB7M3TZC', '2HVQ8Y5DE', '2JNP6R2WS', '2KD9F4XGU'] as const;

export function zeppelin(random: Random): Draft[] {
  const start = officeTime(random);
  const client: Client = {
    user: skewed(random, PEOPLE.notebooks),
    source: `zeppelin-${skewed(random, NOTEBOOKS)}`,
    tags: [],
    userAgent: JDBC,
    catalog: 'tpch',
    schema: 'tiny',
    session: random.next() < 0.3 ? { query_max_execution_time: '15m' } : {},
  };
  // A notebook relies on the schema of its connection: names are bare.
  return steps(random, start, 2 + random.below(5), 40e3).map((atMs) => {
    const template = random.pick(ADHOC);
    return draft(client, atMs, template.cost, template.sql(context(random, undefined)));
  });
}

export function dbt(random: Random): Draft[] {
  const start = batchTime(random);
  const model = random.pick(DBT_MODELS);
  const node = `model.sales.${model.name}`;
  const client: Client = {
    user: 'svc_dbt',
    source: 'dbt-trino-1.9.0',
    tags: ['dbt', start < 6 * 3600e3 ? 'nightly' : 'hourly'],
    userAgent: 'dbt-trino-1.9.0',
    catalog: 'tpch',
    schema: 'tiny',
    session: { query_max_run_time: '30m', query_priority: '2' },
  };
  const say = (sql: string) => `/* {"app": "dbt", "dbt_version": "1.9.4", "node_id": "${node}"} */\n${sql}`;
  // A table of its own for each run: runs may overlap, above all in a replay that compresses time.
  const target = `"memory"."default"."${model.name}_${Math.floor(start / 1e3).toString(36)}"`;
  const fill = `create table ${target} as (\n    ${model.query.sql(context(random, 'tiny'))}\n  )`;
  const drafts = [
    draft(client, start, 'metadata', say(`drop table if exists ${target}`)),
    draft(client, start + 900, model.query.cost, say(fill)),
  ];
  const tests = steps(random, start + 45e3, 3 + random.below(4), 6e3).map((atMs) => {
    const template = random.pick(DBT_TESTS);
    return draft(client, atMs, template.cost, say(written(random, template)));
  });
  return [...drafts, ...tests];
}

const DAGS = ['sales_daily', 'finance_close', 'stock_sync', 'crm_export', 'quality_checks'] as const;

export function airflow(random: Random): Draft[] {
  const start = batchTime(random);
  const dag = random.pick(DAGS);
  const client: Client = {
    user: 'svc_airflow',
    source: 'airflow',
    tags: random.next() < 0.5 ? ['etl', `dag=${dag}`] : [],
    userAgent: PYTHON,
    catalog: 'tpch',
    schema: 'tiny',
    session: { query_max_run_time: '1h' },
    clientInfo: JSON.stringify({
      dag_id: dag,
      task_id: random.pick(['extract', 'check', 'load']),
      try_number: 1,
    }),
  };
  const drafts = steps(random, start, 2 + random.below(3), 15e3).map((atMs) =>
    oneOf(random, client, atMs, AIRFLOW),
  );
  if (random.next() >= 0.25) return drafts;
  const insert = LOAD_LOG.insert(DAY, dag, fullYear(random));
  return [
    ...drafts,
    { ...client, atMs: start + 120e3, cost: 'metadata', sql: LOAD_LOG.create },
    { ...client, atMs: start + 122e3, cost: 'etl', sql: insert },
  ];
}

export function desktop(random: Random): Draft[] {
  const start = officeTime(random);
  const source = random.pick(['trino-jdbc', 'DBeaver', 'DBeaver', 'Tableau']);
  const client: Client = {
    user: source === 'Tableau' ? 'svc_tableau' : skewed(random, PEOPLE.desktop),
    source,
    tags: [],
    userAgent: JDBC,
    catalog: 'tpch',
    schema: random.next() < 0.15 ? 'sf1' : 'tiny',
    session: {},
  };
  const small = ADHOC.filter((t) => t.small === true);
  return steps(random, start, 1 + random.below(4), 30e3).map((atMs) => {
    const fits = client.schema === 'sf1' ? small : source === 'Tableau' ? CHARTS : ADHOC;
    const template = random.pick(random.next() < 0.4 ? TOOLS : fits);
    const bare = client.schema === 'sf1' && template.small !== true ? 'tiny' : undefined;
    return draft(client, atMs, template.cost, template.sql(context(random, bare)));
  });
}
