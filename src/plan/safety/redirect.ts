/** Moves a statement into a sandbox: its names are completed, mapped, and written out in full. */
import type { SafetySettings } from '../../scenario/schema.ts';
import type { NamePlace } from '../../sql/places.ts';
import type { StatementReading } from '../../sql/reading.ts';
import type { Place } from '../sessions.ts';

type Redirected = { readonly sql: string } | { readonly cannot: string };

/** Classes of statements whose written names all stand where the reading finds them. */
const MOVABLE: ReadonlySet<string> = new Set(
  [
    'Insert Update Delete Merge CreateTableAsSelect CreateTable DropTable TruncateTable CreateView DropView Analyze',
    'AddColumn DropColumn RenameColumn SetColumnType CreateSchema DropSchema',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Properties of tables and columns that surely do not say where data lies, by the documentation of Trino's Hive, Iceberg and Delta Lake
 * connectors. Any other may lead out of the sandbox.
 */
const HARMLESS_PROPERTIES: ReadonlySet<string> = new Set(
  [
    'format format_version compression_codec partitioning partitioned_by sorted_by bucketed_by bucket_count transactional auto_purge',
    'orc_bloom_filter_columns orc_bloom_filter_fpp parquet_bloom_filter_columns null_format csv_separator csv_quote csv_escape',
    'skip_header_line_count skip_footer_line_count textfile_field_separator textfile_field_separator_escape',
    'change_data_feed_enabled column_mapping_mode deletion_vectors_enabled checkpoint_interval object_store_layout_enabled',
    'max_commit_retry delete_after_commit_enabled max_previous_versions partitions columns',
  ].flatMap((line) => line.split(' ')),
);

/** The statement with every mapped name replaced, short ones completed by `at`; refuses what would write anywhere else. */
export function redirected(
  sql: string,
  at: Place,
  reading: StatementReading,
  map: SafetySettings['redirect'],
): Redirected {
  const cannot = immovable(reading);
  if (cannot !== undefined) return { cannot };
  let moved = '';
  let done = 0;
  let written = 0;
  for (const place of reading.places.toSorted((a, b) => a.from - b.from)) {
    const full = completed(place, at);
    const target = full === undefined ? undefined : mapped(full, place.what, map);
    if (place.own && target === undefined)
      return { cannot: `safety.redirect does not move ${full?.join('.') ?? place.parts.join('.')}` };
    if (place.own) written++;
    if (target === undefined && place.givesProperties)
      return { cannot: `it takes over the properties of ${place.parts.join('.')}, which stays where it is` };
    if (target === undefined) continue;
    moved += sql.slice(done, place.from) + target.map(quoted).join('.');
    done = place.to;
  }
  if (written === 0) return { cannot: 'it names nothing to move' };
  return { sql: moved + sql.slice(done) };
}

/** Why a statement cannot be moved, whatever its names are. */
function immovable(reading: StatementReading): string | undefined {
  if (!MOVABLE.has(reading.queryType)) return `${reading.queryType || 'it'} cannot be moved`;
  if (!reading.allPlaced) return 'not all of its names could be found';
  if (reading.functions.length > 0) return 'it calls a table function';
  const locates = reading.properties.find((name) => !HARMLESS_PROPERTIES.has(name));
  if (locates !== undefined) return `its property ${locates} may say where its data lies`;
  return undefined;
}

/** A name with its catalog and schema, or undefined when the session had none. */
export function completed(
  { parts, what }: NamePlace,
  { catalog, schema }: Place,
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
