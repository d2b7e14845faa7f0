/**
 * Which catalogs a statement may reach, as far as its text tells. Whoever keeps statements off a catalog needs the answer to err on
 * one side only: what cannot be told may be any catalog.
 */
import type { Token } from 'antlr4ng';

export interface CatalogReach {
  /** What stands in the text where the name of a catalog may stand, in lower case; beside the places that a reading knows. */
  readonly named: readonly string[];
  /** It may reach the catalog of its session, by a name without one or by none at all. */
  readonly own: boolean;
  /** Nobody can tell. */
  readonly any: boolean;
}

/** Of a text that nobody has read, or that runs another which nobody knows. */
export const ANY_CATALOG: CatalogReach = { named: [], own: true, any: true };

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Statements in which every name of a table, view or schema has a place that the reading knows. */
const PLACED = words(
  'Query Insert Update Delete Merge CreateTableAsSelect CreateTable DropTable TruncateTable CreateView DropView Analyze AddColumn DropColumn RenameColumn SetColumnType DropNotNullConstraint SetProperties CreateSchema DropSchema CreateMaterializedView DropMaterializedView RefreshMaterializedView TableExecute ShowColumns ShowCreate ShowTables ShowStats',
);

/** Statements that reach no catalog but those that they name. */
const NO_CATALOG_OF_ITS_OWN = words(
  'ShowCatalogs ShowSession StartTransaction Commit Rollback Prepare Deallocate SetSession ResetSession SetTimeZone SetSessionAuthorization ResetSessionAuthorization CreateCatalog DropCatalog',
);

/** Statements in which a catalog is never named alone, but in front of a dot. */
const ONLY_DOTTED = words('Query Insert Update Delete Merge CreateTableAsSelect CreateTable CreateView Call');

/** True where the places of a statement of this class are all that it names, but for functions. */
export function isPlaced(queryType: string): boolean {
  return PLACED.has(queryType);
}

/** The reach of a statement that was read; `allPlaced` as in its reading, `shortFunction` when a table function's name has no catalog. */
export function reachOf(
  tokens: readonly Token[],
  queryType: string,
  { allPlaced, shortFunction }: { readonly allPlaced: boolean; readonly shortFunction: boolean },
): CatalogReach {
  const named = new Set<string>();
  let schemaFunction = false;
  for (const chain of dottedNames(tokens)) {
    const { parts, calls } = chain;
    const head = parts[0] ?? '';
    if (calls && parts.length === 2) schemaFunction = true;
    // Where all places are known, a catalog has three parts: what is shorter is a schema, or a column.
    const least = allPlaced ? 3 : ONLY_DOTTED.has(queryType) ? 2 : 1;
    if (parts.length >= least) named.add(head);
  }
  const own = schemaFunction || shortFunction || (!allPlaced && !NO_CATALOG_OF_ITS_OWN.has(queryType));
  return { named: [...named], own, any: false };
}

interface DottedName {
  readonly parts: readonly string[];
  /** A bracket follows, as after the name of a function. */
  readonly calls: boolean;
}

/** Every name in the text, dotted or not; words of the language are among them, since most may be names too. */
function* dottedNames(tokens: readonly Token[]): Generator<DottedName> {
  for (let i = 0; i < tokens.length; i++) {
    const first = nameOf(tokens[i]);
    if (first === undefined) continue;
    const parts = [first];
    while (tokens[i + 1]?.text === '.') {
      const next = nameOf(tokens[i + 2]);
      if (next === undefined) break;
      parts.push(next);
      i += 2;
    }
    yield { parts, calls: tokens[i + 1]?.text === '(' };
  }
}

function nameOf(token: Token | undefined): string | undefined {
  const text = token?.text ?? '';
  if (/^[a-z_]/i.test(text) && !text.includes("'")) return text.toLowerCase();
  return /^"/.test(text) ? text.slice(1, -1).replaceAll('""', '"').toLowerCase() : undefined;
}
