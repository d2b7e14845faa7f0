/** Walks a statement's tree, with a stack of its own: chains of ten thousand terms are ten thousand levels deep. */
import type { QueryStatementContext, StatementContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import type { DottedName, NameSink } from './found.ts';
import { asRule, trino } from './grammar.ts';
import { identifierText, partsOf } from './names.ts';
import { eitherName, kindOf } from './statements.ts';

/** Names that a WITH clause gives to queries. Of its names only the first `visible` can be seen. */
interface Scope {
  readonly names: ReadonlyMap<string, number>;
  readonly visible: number;
  readonly outer: Scope | undefined;
}

interface Visit {
  readonly node: unknown;
  readonly scope: Scope | undefined;
}

/** Everything the statement names. Throws `NotQualified`. */
export function walk(statement: StatementContext, found: NameSink): void {
  const stack: Visit[] = [{ node: statement, scope: undefined }];
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const next = step(visit, found);
    for (let i = next.length - 1; i >= 0; i--) stack.push(next[i] as Visit);
  }
}

/** Takes note of one node, and answers what to visit after it. */
function step({ node, scope }: Visit, found: NameSink): Visit[] {
  const rule = asRule(node);
  if (rule === undefined) return [];
  if (rule instanceof trino.QueryStatementContext && rule.with() !== null) return queriesOf(rule, scope);
  if (rule instanceof trino.StatementContext) kindOf(rule)?.name(rule, found);
  else if (rule instanceof trino.TableNameContext)
    readTable(eitherName(rule.tableOrViewName()), scope, found);
  else if (rule instanceof trino.TableContext || rule instanceof trino.TableArgumentTableContext)
    readTable(rule.tableRef(), scope, found);
  else if (rule instanceof trino.TableFunctionCallContext)
    found.tableFunction(rule.functionName().qualifiedName());
  else if (rule instanceof trino.LikeClauseContext) found.like(rule.tableRef(), rule.KW_INCLUDING() !== null);
  else if (rule instanceof trino.PropertyContext) found.property(identifierText(rule.identifier()));
  const children = rule.children ?? [];
  return children.map((child) => ({ node: child, scope }));
}

/** A query named by a WITH clause sees the names before it, the query itself sees all of them. */
function queriesOf(query: QueryStatementContext, outer: Scope | undefined): Visit[] {
  const named = query.with()?.namedQuery() ?? [];
  const recursive = query.with()?.KW_RECURSIVE() != null;
  const names = new Map<string, number>();
  for (const [i, { _name }] of named.entries()) {
    const name = _name === undefined ? '' : identifierText(_name).toLowerCase();
    if (!names.has(name)) names.set(name, i);
  }
  const visits: Visit[] = named.map((one, i) => ({
    node: one.query(),
    scope: { names, visible: recursive ? i + 1 : i, outer },
  }));
  return [...visits, { node: query.queryNoWith(), scope: { names, visible: named.length, outer } }];
}

function isNamedQuery(name: string, scope: Scope | undefined): boolean {
  for (let s = scope; s !== undefined; s = s.outer)
    if ((s.names.get(name) ?? Number.POSITIVE_INFINITY) < s.visible) return true;
  return false;
}

function readTable(name: DottedName | null, scope: Scope | undefined, found: NameSink): void {
  if (name === null) return;
  const parts = partsOf(name);
  const [only = ''] = parts;
  if (parts.length === 1 && isNamedQuery(only, scope)) return;
  found.read(name);
}
