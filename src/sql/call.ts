/** The query that a `CALL system.runtime.kill_query(…)` names. */
import type { CallContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { trino } from './grammar.ts';
import { identifierText, partsOf, qualify } from './names.ts';
import type { Defaults } from './statement-facts.ts';
import { literalValue } from './strings.ts';

/**
 * The argument named `query_id` or, where arguments have no names, the first one; undefined for another procedure, and for an
 * argument that is no string literal. Throws `NotQualified` for a short name without defaults, as the Java gateway does.
 */
export function killedBy(call: CallContext, defaults: Defaults): string | undefined {
  const { catalog, schema, table } = qualify(partsOf(call.functionName().qualifiedName()), defaults);
  if (catalog !== 'system' || schema !== 'runtime' || table !== 'kill_query') return undefined;
  for (const argument of call.callArgument()) {
    if (argument instanceof trino.PositionalArgumentContext) return literalValue(argument.expression());
    if (!(argument instanceof trino.NamedArgumentContext)) continue;
    if (identifierText(argument.identifier()).toLowerCase() === 'query_id')
      return literalValue(argument.expression());
  }
  return undefined;
}
