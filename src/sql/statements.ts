/**
 * Every kind of statement in the grammar: its class in Trino's syntax tree (io.trino.sql.tree), its type for resource
 * groups (the Java gateway's StatementUtils), and the names that it gives itself, besides the tables that its queries
 * read. What the Java gateway does not count among tables (grants, roles, `USE`, `LIKE`) is not counted here.
 */
import type { StatementContext } from 'dt-sql-parser/dist/lib/trino/TrinoSqlParser.js';
import { killedBy } from './call.ts';
import type { DottedName, NameSink } from './found.ts';
import { trino as t } from './grammar.ts';
import { partsOf } from './names.ts';

export interface StatementKind {
  readonly queryType: string;
  readonly resourceGroupQueryType: string;
  readonly name: (statement: StatementContext, found: NameSink) => void;
}

type ContextClass<S> = new (...args: never[]) => S;
const KINDS = new Map<unknown, StatementKind>();

/** One line of the tables below: statement `type` of the grammar is Trino's `queryType`. */
function kind<S extends StatementContext>(
  resourceGroupQueryType: string,
  type: ContextClass<S>,
  queryType: string,
  name: (statement: S, found: NameSink) => void = () => {},
): void {
  KINDS.set(type, { queryType, resourceGroupQueryType, name: name as StatementKind['name'] });
}

/** Undefined for statements that the grammar has and Trino has not (`SHOW COMMENT ON TABLE`). */
export function kindOf(statement: StatementContext): StatementKind | undefined {
  return KINDS.get(statement.constructor);
}

/** Prefix of a column's name: the table it belongs to. */
function tableOfColumn(parts: readonly string[], found: NameSink): void {
  if (parts.length > 1) found.tableOf(parts.slice(0, -1));
}

kind('SELECT', t.StatementDefaultContext, 'Query');
kind('EXPLAIN', t.ExplainContext, 'Explain');
// The type for resource groups is that of the inner statement.
kind('', t.ExplainAnalyzeContext, 'ExplainAnalyze');
kind('INSERT', t.CreateTableAsSelectContext, 'CreateTableAsSelect', (s, f) => f.table(s.tableNameCreate()));
kind('INSERT', t.InsertIntoContext, 'Insert', (s, f) => f.table(s.tableRef()));
kind('INSERT', t.RefreshMaterializedViewContext, 'RefreshMaterializedView', (s, f) => f.table(s.viewRef()));
kind('UPDATE', t.UpdateContext, 'Update', (s, f) => f.table(s.tableRef()));
kind('DELETE', t.DeleteContext, 'Delete', (s, f) => f.table(s.tableRef()));
kind('MERGE', t.MergeContext, 'Merge', (s, f) => f.table(s.tableRef()));
kind('ANALYZE', t.AnalyzeContext, 'Analyze', (s, f) => f.table(s.tableRef()));
kind('ALTER_TABLE_EXECUTE', t.TableExecuteContext, 'TableExecute', (s, f) => f.table(s.tableRef()));
// A prepared statement that could not be resolved, or one inside another statement.
kind('UNKNOWN', t.ExecuteContext, 'Execute');
kind('UNKNOWN', t.ExecuteImmediateContext, 'ExecuteImmediate');

const describe = <S extends StatementContext>(
  type: ContextClass<S>,
  queryType: string,
  name?: (statement: S, found: NameSink) => void,
) => kind('DESCRIBE', type, queryType, name);

describe(t.DescribeInputContext, 'DescribeInput');
describe(t.DescribeOutputContext, 'DescribeOutput');
describe(t.ShowCatalogsContext, 'ShowCatalogs');
describe(t.ShowColumnsContext, 'ShowColumns', (s, f) => viewOrTable(s.tableOrViewName(), f));
describe(t.ShowCreateTableContext, 'ShowCreate', (s, f) => f.table(s.tableRef()));
describe(t.ShowCreateViewContext, 'ShowCreate', (s, f) => f.table(s.viewRef()));
describe(t.ShowCreateMaterializedViewContext, 'ShowCreate', (s, f) => f.table(s.viewRef()));
describe(t.ShowCreateFunctionContext, 'ShowCreate', (s, f) => f.table(s.functionName().qualifiedName()));
describe(t.ShowCreateSchemaContext, 'ShowCreate', (s, f) => f.schema(s.schemaRef()));
describe(t.ShowFunctionsContext, 'ShowFunctions');
describe(t.ShowGrantsContext, 'ShowGrants');
describe(t.ShowRoleGrantsContext, 'ShowRoleGrants');
describe(t.ShowRolesContext, 'ShowRoles');
describe(t.ShowSchemasContext, 'ShowSchemas', (s, f) => f.catalog(s.catalogRef()));
describe(t.ShowSessionContext, 'ShowSession');
describe(t.ShowStatsContext, 'ShowStats', (s, f) => viewOrTable(s.tableOrViewName(), f));
describe(t.ShowStatsForQueryContext, 'ShowStats');
describe(t.ShowTablesContext, 'ShowTables', (s, f) => f.schema(s.schemaRef()));

const define = <S extends StatementContext>(
  type: ContextClass<S>,
  queryType: string,
  name?: (statement: S, found: NameSink) => void,
) => kind('DATA_DEFINITION', type, queryType, name);

define(t.CreateCatalogContext, 'CreateCatalog', (s, f) => f.catalog(s.catalogNameCreate()));
define(t.DropCatalogContext, 'DropCatalog', (s, f) => f.catalog(s.catalogRef()));
define(t.CreateSchemaContext, 'CreateSchema', (s, f) => f.schema(s.schemaNameCreate()));
define(t.DropSchemaContext, 'DropSchema', (s, f) => f.schema(s.schemaRef()));
define(t.RenameSchemaContext, 'RenameSchema', (s, f) => f.renamedSchema(s.schemaRef(), s.schemaNameCreate()));
define(t.SetSchemaAuthorizationContext, 'SetAuthorizationStatement', (s, f) => f.schema(s.schemaRef()));
define(t.CreateTableContext, 'CreateTable', (s, f) => f.table(s.tableNameCreate()));
define(t.DropTableContext, 'DropTable', (s, f) => f.table(s.tableRef()));
define(t.TruncateTableContext, 'TruncateTable', (s, f) => f.table(s.tableRef()));
define(t.RenameTableContext, 'RenameTable', (s, f) => f.renamed(s.tableRef(), s.tableNameCreate()));
define(t.AddColumnContext, 'AddColumn', (s, f) => f.table(s.tableRef()));
define(t.RenameColumnContext, 'RenameColumn', (s, f) => f.table(s.tableRef()));
define(t.DropColumnContext, 'DropColumn', (s, f) => f.table(s.tableRef()));
define(t.SetColumnTypeContext, 'SetColumnType', (s, f) => f.table(s.tableRef()));
define(t.DropNotNullConstraintContext, 'DropNotNullConstraint', (s, f) => f.table(s.tableRef()));
define(t.SetTableAuthorizationContext, 'SetAuthorizationStatement', (s, f) => f.table(s.tableRef()));
define(t.SetTablePropertiesContext, 'SetProperties', (s, f) => f.table(s.tableRef()));
define(t.CommentTableContext, 'Comment', (s, f) => f.table(s.tableRef()));
define(t.CommentViewContext, 'Comment', (s, f) => f.table(s.viewRef()));
define(t.CommentColumnContext, 'Comment', (s, f) => {
  const column = s.columnRef().qualifiedName();
  if (column !== null) tableOfColumn(partsOf(column), f);
});
define(t.CreateViewContext, 'CreateView', (s, f) => f.table(s.viewNameCreate()));
define(t.DropViewContext, 'DropView', (s, f) => f.table(s.viewRef()));
define(t.RenameViewContext, 'RenameView', (s, f) => f.renamed(s.viewRef(), s.viewNameCreate()));
define(t.SetViewAuthorizationContext, 'SetAuthorizationStatement', (s, f) => f.table(s.viewRef()));
define(t.CreateMaterializedViewContext, 'CreateMaterializedView', (s, f) => f.table(s.viewNameCreate()));
define(t.DropMaterializedViewContext, 'DropMaterializedView', (s, f) => f.table(s.viewRef()));
define(t.RenameMaterializedViewContext, 'RenameMaterializedView', (s, f) =>
  f.renamed(s.viewRef(), s.viewNameCreate()),
);
define(t.SetMaterializedViewPropertiesContext, 'SetProperties', (s, f) => f.table(s.viewRef()));
define(t.CallContext, 'Call', (s, f) => {
  f.queryId = killedBy(s, f.defaults);
});
define(t.CreateFunctionContext, 'CreateFunction');
define(t.DropFunctionContext, 'DropFunction');
define(t.CreateRoleContext, 'CreateRole');
define(t.DropRoleContext, 'DropRole');
define(t.GrantRolesContext, 'GrantRoles');
define(t.RevokeRolesContext, 'RevokeRoles');
define(t.GrantPrivilegesContext, 'Grant');
define(t.RevokePrivilegesContext, 'Revoke');
define(t.DenyContext, 'Deny');
define(t.SetRoleContext, 'SetRole');
define(t.UseContext, 'Use');
define(t.SetSessionContext, 'SetSession');
define(t.ResetSessionContext, 'ResetSession');
define(t.SetSessionAuthorizationContext, 'SetSessionAuthorization');
define(t.ResetSessionAuthorizationContext, 'ResetSessionAuthorization');
define(t.SetPathContext, 'SetPath');
define(t.SetTimeZoneContext, 'SetTimeZone');
define(t.StartTransactionContext, 'StartTransaction');
define(t.CommitContext, 'Commit');
define(t.RollbackContext, 'Rollback');
define(t.PrepareContext, 'Prepare');
define(t.DeallocateContext, 'Deallocate');

function viewOrTable(name: InstanceType<typeof t.TableOrViewNameContext>, found: NameSink): void {
  const named = eitherName(name);
  if (named !== null) found.table(named);
}

/** The grammar leaves open which of the two a name is. */
export function eitherName(name: InstanceType<typeof t.TableOrViewNameContext>): DottedName | null {
  return name.tableRef() ?? name.viewRef();
}
