/** Moves a statement into a sandbox: its names are completed, mapped, and written out in full. */
import type { DumpRecord } from '../../dump/record.ts';
import type { SafetySettings } from '../../scenario/schema.ts';
import type { NamePlace } from '../../sql/places.ts';
import type { StatementReading } from '../../sql/reading.ts';

type Redirected = { readonly sql: string } | { readonly cannot: string };

/** Classes of statements whose written names all stand where the reading finds them. */
const MOVABLE: ReadonlySet<string> = new Set(
  [
    'Insert Update Delete Merge CreateTableAsSelect CreateTable DropTable TruncateTable CreateView DropView Analyze',
    'AddColumn DropColumn RenameColumn SetColumnType CreateSchema DropSchema',
  ].flatMap((line) => line.split(' ')),
);

/** Properties that say where data lies: they would lead out of the sandbox. */
const LOCATES = /\b\w*(?:location|path|uri|url|bucket|directory|warehouse)\w*\s*=/i;

/** The statement with every mapped name replaced; refuses what would write anywhere else. */
export function redirected(
  { sql, catalog, schema }: DumpRecord,
  reading: StatementReading,
  map: SafetySettings['redirect'],
): Redirected {
  if (!MOVABLE.has(reading.queryType)) return { cannot: `${reading.queryType || 'it'} cannot be moved` };
  if (!reading.allPlaced) return { cannot: 'not all of its names could be found' };
  if (reading.functions.length > 0) return { cannot: 'it calls a table function' };
  if (LOCATES.test(sql)) return { cannot: 'it says where its data lies' };
  let moved = '';
  let at = 0;
  let written = 0;
  for (const place of reading.places.toSorted((a, b) => a.from - b.from)) {
    const full = completed(place, catalog?.toLowerCase(), schema?.toLowerCase());
    const target = full === undefined ? undefined : mapped(full, place.what, map);
    if (place.own && target === undefined)
      return { cannot: `safety.redirect does not move ${full?.join('.') ?? place.parts.join('.')}` };
    if (place.own) written++;
    if (target === undefined) continue;
    moved += sql.slice(at, place.from) + target.map(quoted).join('.');
    at = place.to;
  }
  if (written === 0) return { cannot: 'it names nothing to move' };
  return { sql: moved + sql.slice(at) };
}

/** A name with its catalog and schema, or undefined when the session had none. */
export function completed(
  { parts, what }: NamePlace,
  catalog: string | undefined,
  schema: string | undefined,
): readonly string[] | undefined {
  const missing = (what === 'table' ? 3 : 2) - parts.length;
  const front = missing <= 0 ? [] : [catalog, schema].slice(0, missing);
  return front.includes(undefined) ? undefined : [...(front as string[]), ...parts];
}

function mapped(
  full: readonly string[],
  what: NamePlace['what'],
  { catalogs, schemas }: SafetySettings['redirect'],
): readonly string[] | undefined {
  const [catalog = '', schema = '', ...rest] = full;
  const bySchema = own(schemas, `${catalog}.${schema}`)?.split('.');
  if (bySchema !== undefined) return [...bySchema, ...rest];
  const byCatalog = own(catalogs, catalog);
  if (byCatalog === undefined) return undefined;
  return what === 'schema' ? [byCatalog, schema] : [byCatalog, schema, ...rest];
}

function own(map: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function quoted(part: string): string {
  return `"${part.replaceAll('"', '""')}"`;
}
