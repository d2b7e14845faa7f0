// Which query a statement kills: read twice, by the tokens that routing looks at without any analysis, and by the grammar. Both have to
// agree, or a call would go elsewhere once rules ask for the analysis.
import { afterAll, describe, expect, test } from 'vitest';
import { killedQuery } from '../../../gateway/routing/kill-query.ts';
import { createAnalyzer } from '../../../gateway/sql/analyzer.ts';

const ID = '20260821_101112_00001_abcde';

type Case = [name: string, sql: string, id: string | undefined, catalog?: string, schema?: string];
const CASES: Case[] = [
  ['positional', `CALL system.runtime.kill_query('${ID}', 'why')`, ID],
  ['one argument', `CALL system.runtime.kill_query('${ID}')`, ID],
  ['named', `CALL system.runtime.kill_query(query_id => '${ID}', message => 'why')`, ID],
  ['named, id last', `CALL system.runtime.kill_query(message => 'why', query_id => '${ID}')`, ID],
  ['named, in any case', `call SYSTEM.Runtime.Kill_Query(Query_ID => '${ID}')`, ID],
  ['named in quotes', `CALL system.runtime.kill_query("query_id" => '${ID}')`, ID],
  ['named without blanks', `CALL system.runtime.kill_query(message=>'a',query_id=>'${ID}')`, ID],
  ['a name inside a string', "CALL system.runtime.kill_query(message => 'query_id => ''x''')", undefined],
  ['the message names itself', `CALL system.runtime.kill_query(message => 'a, query_id => b')`, undefined],
  ['quoted parts', `CALL "system"."runtime"."kill_query"('${ID}')`, ID],
  ['quoted parts in upper case', `CALL "SYSTEM"."RUNTIME"."KILL_QUERY"('${ID}')`, ID],
  ['short name', `CALL kill_query('${ID}')`, ID, 'system', 'runtime'],
  ['short name, defaults in upper case', `CALL kill_query('${ID}')`, ID, 'SYSTEM', 'RUNTIME'],
  ['schema given', `CALL runtime.kill_query('${ID}')`, ID, 'system', 'other'],
  ['short name elsewhere', `CALL kill_query('${ID}')`, undefined, 'hive', 'runtime'],
  ['short name in another schema', `CALL kill_query('${ID}')`, undefined, 'system', 'jdbc'],
  ['short name without defaults', `CALL kill_query('${ID}')`, undefined],
  ['another catalog', `CALL hive.runtime.kill_query('${ID}')`, undefined],
  ['another procedure', `CALL system.runtime.kill_query2('${ID}')`, undefined],
  ['block comments', `CALL/* a */system./* b */runtime.kill_query(/* c */'${ID}'/* d */)`, ID],
  ['a line comment', `-- kill it\nCALL system.runtime.kill_query('${ID}')`, ID],
  ['a line comment before a carriage return', `-- kill it\rCALL system.runtime.kill_query('${ID}')`, ID],
  ['inside a line comment', `-- CALL system.runtime.kill_query('${ID}')\nSELECT 1`, undefined],
  ['inside a block comment', `/* CALL system.runtime.kill_query('${ID}') */ SELECT 1`, undefined],
  ['an argument in a comment', `CALL system.runtime.kill_query(/* 'no' */ '${ID}')`, ID],
  ['inside a string', `SELECT 'CALL system.runtime.kill_query(''${ID}'')'`, undefined],
  ['inside a name', `SELECT "CALL system.runtime.kill_query('${ID}')"`, undefined],
  ['doubled quotes in the literal', "CALL system.runtime.kill_query('it''s')", "it's"],
  ['an expression', `CALL system.runtime.kill_query('a' || 'b')`, undefined],
  ['a function', `CALL system.runtime.kill_query(concat('a', 'b'))`, undefined],
  ['no argument', 'CALL system.runtime.kill_query()', undefined],
  ['no string', 'CALL system.runtime.kill_query(1)', undefined],
  ['a parameter', 'CALL system.runtime.kill_query(?)', undefined],
  ['brackets in the message', `CALL system.runtime.kill_query('${ID}', concat('a', ')'))`, ID],
  ['not closed', `CALL system.runtime.kill_query('${ID}'`, undefined],
  ['a literal that is not closed', `CALL system.runtime.kill_query('${ID})`, undefined],
  ['a name without dots', `CALL system runtime kill_query('${ID}')`, undefined],
  ['something behind it', `CALL system.runtime.kill_query('${ID}') SELECT 1`, undefined],
  ['umlauts around it', `CALL system.runtime.kill_query('${ID}', 'größer 🚀')`, ID],
];

describe('the killed query', () => {
  const analyzer = createAnalyzer({ timeLimitMs: 20_000, longestWaitMs: 20_000 });
  afterAll(() => analyzer.close());

  test.each(CASES)('%s', async (_name, sql, id, catalog, schema) => {
    const body = Buffer.from(sql);
    expect(killedQuery(body, catalog ?? null, schema ?? null)).toBe(id);
    const facts = await analyzer.analyse({ method: 'POST', body, catalog, schema, preparedStatements: [] });
    expect(facts.queryId).toBe(id);
  });
});
