/** The facts of one statement's text. Runs in a worker; nothing in here throws to its caller. */
import type { StatementContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { Found } from './found.ts';
import { type ParsedStatement, parseStatement, SyntaxProblem, trino } from './grammar.ts';
import { identifierText, NotQualified } from './names.ts';
import { type Defaults, NO_NAMES, type StatementFacts, unknownStatement } from './statement-facts.ts';
import { kindOf } from './statements.ts';
import { stringValue } from './strings.ts';
import { walk } from './walk.ts';

/**
 * Parses and walks a statement. `EXECUTE IMMEDIATE` gives the facts of the statement in its string; with `prepared` the
 * text is itself one that an `EXECUTE` has led to, and leads no further.
 */
export function statementFacts(text: string, defaults: Defaults, prepared: boolean): StatementFacts {
  let innerText: string | undefined;
  try {
    let statement = parseStatement(text);
    const { tree } = statement;
    if (!prepared && tree instanceof trino.ExecuteContext)
      return executing(identifierText(tree.identifier()));
    if (!prepared && tree instanceof trino.ExecuteImmediateContext) {
      innerText = stringValue(tree.string());
      statement = parseStatement(innerText);
    }
    return { ...factsOf(statement, defaults), innerText };
  } catch (error) {
    return unknownStatement(problemText(error), innerText);
  }
}

function executing(name: string): StatementFacts {
  return { ...unknownStatement(undefined), queryType: 'Execute', executes: name };
}

function factsOf({ tree, readAs }: ParsedStatement, defaults: Defaults): StatementFacts {
  const kind = kindOf(tree);
  if (kind === undefined) throw new SyntaxProblem('line 1:1: not a statement of Trino');
  const found = new Found(defaults);
  const facts = {
    ...unknownStatement(undefined),
    queryType: readAs?.queryType ?? kind.queryType,
    resourceGroupQueryType: readAs?.resourceGroupQueryType ?? resourceGroupType(tree),
  };
  try {
    walk(tree, found);
    return { ...facts, ...found.names(), queryId: found.queryId };
  } catch (error) {
    if (!(error instanceof NotQualified)) throw error;
    return { ...facts, ...NO_NAMES, queryId: found.queryId, errorMessage: error.message };
  }
}

function resourceGroupType(statement: StatementContext): string {
  let inner = statement;
  while (inner instanceof trino.ExplainAnalyzeContext) inner = inner.statement();
  return kindOf(inner)?.resourceGroupQueryType ?? 'UNKNOWN';
}

function problemText(error: unknown): string {
  if (error instanceof SyntaxProblem) return error.message;
  // What Trino's own parser says of it (io.trino.sql.parser.SqlParser).
  if (error instanceof RangeError) return 'line 1:1: statement is too large (stack overflow while parsing)';
  return `the statement could not be analysed: ${error instanceof Error ? error.message : String(error)}`;
}
