/** Rules files: cases 25 to 30. */
import { renameSync, writeFileSync } from 'node:fs';
import type { Row } from '../compare.ts';
import type { HeaderLines } from '../http.ts';
import { observe, type Side, type Stage } from '../observe.ts';
import { one, post } from './row.ts';

/** A rule that only fires for requests that carry its probe header. */
const probe = (name: string, condition: string, priority?: number): string =>
  [
    '---',
    `name: ${JSON.stringify(name)}`,
    ...(priority === undefined ? [] : [`priority: ${priority}`]),
    `condition: ${JSON.stringify(`request.getHeader("X-Probe") == ${JSON.stringify(name)} && (${condition})`)}`,
    'actions:',
    `  - 'result.put("routingGroup", "etl")'`,
    '',
  ].join('\n');

interface Probe {
  readonly condition: string;
  readonly sql?: string;
  readonly headers?: HeaderLines;
}

const TPCH: HeaderLines = [
  ['X-Trino-Catalog', 'tpch'],
  ['X-Trino-Schema', 'tiny'],
];
const JOIN = 'SELECT * FROM nation n JOIN "Other".sch.T2 ON true';
const SOURCE: HeaderLines = [
  ['X-Trino-Source', 'nightly-7'],
  ['X-Trino-Client-Tags', 'etl,finance'],
];

/** Each is asked of both gateways; a true one goes to green. Every name of the language, method and property style. */
const PROBES: readonly Probe[] = [
  ...[
    'request.getHeader("X-Trino-Source") == "nightly-7"',
    'request.getHeader("x-trino-source") == "nightly-7"',
    'request.getHeader("X-Trino-Source") != "nightly-7"',
    'request.getHeader("X-Absent") == null',
    'request.getHeader("X-Absent") == "y"',
    'request.getHeader("X-Absent") contains "y"',
    'request.getHeader("X-Trino-Client-Tags") contains "finance"',
    '!(request.getHeader("X-Trino-Client-Tags") contains "finance")',
    'request.getHeader("X-Trino-Source") ~= "nightly-.+"',
    'request.getHeader("X-Trino-Source") ~= "nightly"',
    'request.getHeader("X-Trino-Source").startsWith("night")',
    'request.getHeader("X-Trino-Source").equals("nightly-7")',
    'request.getHeader("X-Trino-Source").toUpperCase() == "NIGHTLY-7"',
    'request.getHeader("X-Trino-Source").length() == 9',
    'request.getHeader("X-Trino-Source").substring(0, 5) == "night"',
    'request.getHeader("X-Trino-Source").matches("night.*")',
    'request.getHeader("X-Trino-Source").indexOf("ly") > 0',
    'request.getHeader("X-Trino-Client-Tags").split(",").length == 2',
    '["a", "nightly-7"] contains request.getHeader("X-Trino-Source")',
    'request.getHeader("X-Trino-Source") is String',
    'request.getHeader("X-Trino-Source") instanceof String',
    'request.getHeader("X-Absent") == empty',
    'request.getHeader("X-Trino-Source") == empty',
    'request.getHeader("X-Trino-Source") soundslike "nitely-7"',
    'request.getMethod() == "POST"',
    'request.method == "POST"',
    'request.requestURI == "/v1/statement"',
    'request.getRequestURI() == "/v1/statement"',
    'request.queryString == null',
    'request.getQueryString() == null',
    'request.remoteUser == null',
    'request.remoteAddr == "127.0.0.1"',
    'request.getRemoteHost() == "127.0.0.1"',
    'request.getParameter("x") == null',
    'request.getContentType() == null',
    'true ? true : false',
    '1 + 2 * 3 == 7',
    '7 / 2 == 3.5',
    '7 % 3 == 1',
    '"a" + 1 == "a1"',
    '"10" == 10',
    '"b" > "a"',
    'Math.max(1, 2) == 2',
    'new java.util.HashSet().isEmpty()',
    'state.isEmpty()',
    'state.size() == 0',
  ].map((condition) => ({ condition, headers: SOURCE })),
  ...[
    'trinoQueryProperties.getQueryType() == "Query"',
    'trinoQueryProperties.queryType == "Query"',
    'trinoQueryProperties.queryType.toLowerCase() == "query"',
    'trinoQueryProperties.getResourceGroupQueryType() == "SELECT"',
    'trinoQueryProperties.resourceGroupQueryType == "SELECT"',
    'trinoQueryProperties.getDefaultCatalog() == Optional.of("tpch")',
    'trinoQueryProperties.getDefaultCatalog().isPresent()',
    'trinoQueryProperties.defaultCatalog.get() == "tpch"',
    'trinoQueryProperties.getDefaultSchema().get() == "tiny"',
    'trinoQueryProperties.defaultSchema.orElse("x") == "tiny"',
    'trinoQueryProperties.getCatalogs().contains("other")',
    'trinoQueryProperties.catalogs contains "tpch"',
    'trinoQueryProperties.getSchemas().contains("sch")',
    'trinoQueryProperties.schemas.size() == 2',
    'trinoQueryProperties.getCatalogSchemas().contains("other.sch")',
    'trinoQueryProperties.catalogSchemas contains "tpch.tiny"',
    'trinoQueryProperties.tablesContains("other.sch.t2")',
    'trinoQueryProperties.tablesContains("other.sch.T2")',
    'trinoQueryProperties.tablesContains("\\"other\\".sch.t2")',
    'trinoQueryProperties.tablesContains("tpch.tiny.nation")',
    'trinoQueryProperties.getTables().size() == 2',
    'trinoQueryProperties.tables.isEmpty()',
    'trinoQueryProperties.isNewQuerySubmission()',
    'trinoQueryProperties.isQueryParsingSuccessful()',
    'trinoQueryProperties.queryParsingSuccessful',
    'trinoQueryProperties.getErrorMessage().isPresent()',
    'trinoQueryProperties.getBody() contains "nation"',
    'trinoQueryProperties.body.length() > 10',
    'trinoQueryProperties.getQueryId().isPresent()',
    'trinoRequestUser.getUser().isPresent()',
    'trinoRequestUser.getUser() == Optional.of("alice")',
    'trinoRequestUser.user.get() == "alice"',
    'trinoRequestUser.userExistsAndEquals("alice")',
    'trinoRequestUser.userExistsAndEquals("bob")',
    'trinoRequestUser.getUserInfo().isPresent()',
  ].map((condition) => ({ condition, sql: JOIN, headers: TPCH })),
  ...(
    [
      ['INSERT INTO c.s.t SELECT * FROM c.s.u', 'Insert'],
      ['CREATE TABLE c.s.t AS SELECT 1 x', 'CreateTableAsSelect'],
      ['SHOW TABLES FROM c.s', 'ShowTables'],
      ['DELETE FROM c.s.t', 'Delete'],
      ['UPDATE c.s.t SET a = 1', 'Update'],
      ['MERGE INTO c.s.t USING c.s.u ON true WHEN MATCHED THEN DELETE', 'Merge'],
      ['EXPLAIN SELECT 1', 'Explain'],
      ['EXPLAIN ANALYZE SELECT 1', 'ExplainAnalyze'],
      ['SET SESSION a = 1', 'SetSession'],
      ['DROP TABLE c.s.t', 'DropTable'],
      ['USE c.s', 'Use'],
      ['START TRANSACTION', 'StartTransaction'],
      ['WITH x AS (SELECT 1) SELECT * FROM x', 'Query'],
      ['CALL c.s.p(1)', 'Call'],
      ["EXECUTE IMMEDIATE 'SELECT * FROM c.s.t'", 'Query'],
      ['EXECUTE p', 'Execute'],
      ['SELEC', ''],
    ] as const
  ).map(([sql, type]) => ({ condition: `trinoQueryProperties.queryType == "${type}"`, sql })),
];

const PREPARED: readonly Probe[] = [
  {
    condition: 'trinoQueryProperties.tablesContains("c.s.prep")',
    sql: 'EXECUTE p1 USING 1',
    headers: [['X-Trino-Prepared-Statement', 'p1=SELECT+*+FROM+c.s.prep+WHERE+x+%3D+%3F']],
  },
  {
    condition: 'trinoQueryProperties.tablesContains("c.s.prep")',
    sql: 'EXECUTE p1 USING 1',
    headers: [
      ['X-Trino-Prepared-Statement', 'p0=SELECT+1'],
      ['X-Trino-Prepared-Statement', 'p1=SELECT+*+FROM+c.s.prep'],
    ],
  },
  {
    condition: 'trinoQueryProperties.tablesContains("c.s.prep")',
    sql: "EXECUTE IMMEDIATE 'SELECT * FROM c.s.prep WHERE x = ?' USING 1",
  },
];

const nameOf = (index: number) => `probe ${index}`;

const ALL_FIRE = `---
name: "low"
priority: 1
condition: 'request.getHeader("X-Order") == "two"'
actions:
  - 'result.put("routingGroup", "etl")'
---
name: "high"
priority: 9
condition: 'request.getHeader("X-Order") == "two"'
actions:
  - 'result.put("routingGroup", "adhoc")'
---
name: "same a"
priority: 5
condition: 'request.getHeader("X-Order") == "same"'
actions:
  - 'result.put("routingGroup", "adhoc")'
---
name: "same b"
priority: 5
condition: 'request.getHeader("X-Order") == "same"'
actions:
  - 'result.put("routingGroup", "etl")'
---
name: "with priority"
priority: 1
condition: 'request.getHeader("X-Order") == "missing"'
actions:
  - 'result.put("routingGroup", "etl")'
---
name: "without priority"
condition: 'request.getHeader("X-Order") == "missing"'
actions:
  - 'result.put("routingGroup", "adhoc")'
---
name: "state is written"
priority: 1
condition: 'request.getHeader("X-Order") == "state"'
actions:
  - 'state.put("seen", "yes")'
---
name: "state is read"
priority: 2
condition: 'state.get("seen") == "yes"'
actions:
  - 'result.put(FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY, "etl")'
---
name: "a condition within an action"
condition: 'request.getHeader("X-Order") == "if"'
actions:
  - 'if (request.getHeader("X-Which") == "green") { result.put("routingGroup", "etl") } else { result.put("routingGroup", "adhoc") }'
---
name: "throws"
condition: 'request.getHeader("X-Order") == "throw" && request.getHeader("X-Absent").length() > 1'
actions:
  - 'result.put("routingGroup", "etl")'
`;

/** The file of the scene: the order rules, then one rule per probe. */
export const RULES_FILE = [
  ALL_FIRE,
  ...[...PROBES, ...PREPARED].map(({ condition }, index) => probe(nameOf(index), condition)),
].join('');

const asked = ({ condition, sql = 'SELECT 1', headers = [] }: Probe, index: number): Row =>
  one(
    index < PROBES.length ? 26 : 27,
    `${condition}${sql === 'SELECT 1' || sql === JOIN ? '' : ` for ${sql}`}`,
    post(sql, [...headers, ['X-Probe', nameOf(index)]]),
  );

const ordered = (name: string, headers: HeaderLines): Row => one(25, name, post('SELECT 1', headers));

export const RULES: readonly Row[] = [
  ordered('all matching rules fire, the higher priority wins', [['X-Order', 'two']]),
  ordered('equal priorities fire in the order of the file', [['X-Order', 'same']]),
  ordered('a missing priority is 0', [['X-Order', 'missing']]),
  ordered('state goes from rule to rule', [['X-Order', 'state']]),
  ordered('if and else in an action: if', [
    ['X-Order', 'if'],
    ['X-Which', 'green'],
  ]),
  ordered('if and else in an action: else', [['X-Order', 'if']]),
  ordered('no rule fires: the default group', []),
  ...[...PROBES, ...PREPARED].map(asked),
  one(30, 'X-Trino-Routing-Group is not looked at', post('SELECT 1', [['X-Trino-Routing-Group', 'etl']])),
  one(29, 'a rule throws', post('SELECT 1', [['X-Order', 'throw']]), {
    better: {
      why: 'the rule is skipped and counted; Java answers 500',
      ours: { answer: { status: 200 }, 'at blue': ['POST /v1/statement'] },
    },
    evenStrict: true,
  }),
  changed('the file changes: the new rules count after the period', 28, ALWAYS_GREEN('new'), undefined),
  changed('the file turns bad: the old rules stay', 29, '---\nname: [', {
    why: 'the last good rules stay in force; Java answers 500',
    ours: { answer: { status: 200 } },
  }),
  changed('the file is gone: the old rules stay', 29, undefined, {
    why: 'the last good rules stay in force; Java answers 500',
    ours: { answer: { status: 200 } },
  }),
];

function ALWAYS_GREEN(name: string): string {
  return `---\nname: "${name}"\ncondition: 'true'\nactions:\n  - 'result.put("routingGroup", "etl")'\n`;
}

/** Longer than the scene's `rulesRefreshPeriod`, which both gateways go by. */
const REFRESH_MS = 2_500;

function changed(name: string, id: number, text: string | undefined, better: Row['better']): Row {
  return {
    id,
    name,
    run: async (side: Side, stage: Stage) => {
      const aside = `${side.rulesFile}.aside`;
      if (text === undefined) renameSync(side.rulesFile, aside);
      else writeFileSync(side.rulesFile, text);
      await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
      // The first request after the period makes Java read it.
      await observe(side, stage, post('SELECT 1'));
      const seen = await observe(side, stage, post('SELECT 1'));
      writeFileSync(side.rulesFile, RULES_FILE);
      await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
      await observe(side, stage, post('SELECT 1'));
      return seen;
    },
    ...(better !== undefined && { better, evenStrict: true as const }),
  };
}
