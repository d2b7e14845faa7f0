/** The known dump formats, in the order in which they are tried: one leaf file and one line each. */
import { suggestion } from '../base/suggest.ts';
import { DumpFault } from './fault.ts';
import { type ColumnMap, type DumpFormat, type Fields, foundColumns, missingColumns } from './format.ts';
import { canonical } from './formats/canonical.ts';
import { completedQueries } from './formats/completed-queries.ts';
import { eventLogger } from './formats/event-logger.ts';
import { gatewayHistory } from './formats/gateway-history.ts';
import { genericFormat } from './formats/generic.ts';
import { httpEvents } from './formats/http-events.ts';
import { prestoReplay } from './formats/presto-replay.ts';
import { queryInfo } from './formats/query-info.ts';
import { querybook } from './formats/querybook.ts';
import { runtimeQueries } from './formats/runtime-queries.ts';
import { superset } from './formats/superset.ts';
import { trinoQueries } from './formats/trino-queries.ts';

export const FORMATS = [
  canonical,
  httpEvents,
  queryInfo,
  eventLogger,
  gatewayHistory,
  runtimeQueries,
  trinoQueries,
  completedQueries,
  prestoReplay,
  superset,
  querybook,
] as const satisfies readonly DumpFormat[];

/** Every name that the option `format` may have. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS.map((f) => f.name), 'generic'];

/** The beginning of a dump, as far as detection looks at it. */
export interface Beginning {
  /** CSV: the header. JSON: undefined. */
  readonly header: readonly string[] | undefined;
  /** JSON: the first object. */
  readonly first: Fields | undefined;
}

export interface Choice {
  readonly format: DumpFormat;
  /** The names that the choice rests on: columns, or keys of the first object. */
  readonly names: readonly string[];
  readonly because: string;
}

/** A dump whose queries are nobody's is a question. */
function withUser(choice: Choice, user: string | undefined): Choice {
  const { format, names } = choice;
  if (user !== undefined || !format.lost(names).includes('user')) return choice;
  throw new DumpFault(
    'question',
    `whose are its queries? ${format.name} has no user; say \`user: NAME\` (--user NAME)`,
  );
}

/** Picks the format by content, or takes the one asked for and checks that it fits. Throws `DumpFault`. */
export function chooseFormat(
  beginning: Beginning,
  options: {
    readonly format?: string | undefined;
    readonly columns?: ColumnMap | undefined;
    readonly user?: string | undefined;
  },
): Choice {
  return withUser(choice(beginning, options), options.user);
}

function choice(
  beginning: Beginning,
  options: { readonly format?: string | undefined; readonly columns?: ColumnMap | undefined },
): Choice {
  const where = beginning.header === undefined ? 'first object' : 'header';
  const asked = askedFormat(options);
  if (asked !== undefined) {
    const names = namesFor(asked, beginning);
    const missing = missingColumns(asked, names);
    if (missing.length === 0) return { format: asked, names, because: 'it was asked for' };
    const hint = missing.length === 1 ? suggestion(missing[0] as string, names) : `; found: ${shown(names)}`;
    const which = asked.name === 'generic' ? 'your column map' : `format ${asked.name}`;
    throw new DumpFault('unreadable', `its ${where} lacks ${missing.join(', ')}, needed by ${which}${hint}`);
  }
  const fitting = FORMATS.filter(
    (format: DumpFormat) =>
      (format.shape !== 'json' || beginning.header === undefined) &&
      missingColumns(format, namesFor(format, beginning)).length === 0,
  );
  const [only, ...others] = fitting as readonly DumpFormat[];
  if (only === undefined) throw new DumpFault('unreadable', unknownText(beginning, where));
  if (others.length > 0) throw new DumpFault('question', whichText(fitting, where));
  const names = namesFor(only, beginning);
  return { format: only, names, because: `its ${where} has ${foundColumns(only, names).join(', ')}` };
}

function whichText(fitting: readonly DumpFormat[], where: string): string {
  const names = fitting.map((format) => format.name);
  return `what is it? Its ${where} fits ${names.join(' and ')}; say \`format: ${names[0]}\` (--format ${names[0]}) or another`;
}

function askedFormat(options: {
  readonly format?: string | undefined;
  readonly columns?: ColumnMap | undefined;
}): DumpFormat | undefined {
  const { format, columns } = options;
  if (format === 'generic' || (format === undefined && columns !== undefined)) {
    if (columns !== undefined) return genericFormat(columns);
    throw new DumpFault('unreadable', 'format generic needs a column map that says which column holds what');
  }
  if (format === undefined) return undefined;
  const known = FORMATS.find((f) => f.name === format);
  if (known !== undefined) return known;
  throw new DumpFault(
    'unreadable',
    `no dump format is called "${format}"${suggestion(format, FORMAT_NAMES)}`,
  );
}

function namesFor(format: DumpFormat, beginning: Beginning): readonly string[] {
  if (beginning.header !== undefined) return beginning.header;
  const first = beginning.first ?? {};
  return Object.keys(format.unwrap?.(first) ?? first);
}

function unknownText(beginning: Beginning, where: string): string {
  const names = beginning.header ?? Object.keys(beginning.first ?? {});
  const nearest = (FORMATS as readonly DumpFormat[])
    .filter((f) => f.shape === 'table' || beginning.header === undefined)
    .map((format) => ({ format, missing: missingColumns(format, names) }))
    .reduce((best, next) =>
      next.missing.length / next.format.needs.length < best.missing.length / best.format.needs.length
        ? next
        : best,
    );
  const like = `no known format has a ${where} like ${shown(names)}`;
  if (nearest.missing.length === nearest.format.needs.length)
    return `${like}, nor any part of it; known are ${FORMAT_NAMES.join(', ')}; or give a column map (\`columns\`, --column sql=…)`;
  return (
    `${like}; nearest is ${nearest.format.name}, ` +
    `which also needs ${nearest.missing.join(', ')}; or give a column map (\`columns\`, --column sql=…)`
  );
}

function shown(names: readonly string[]): string {
  const cut = names.slice(0, 12).map((name) => (name.length > 40 ? `${name.slice(0, 40)}…` : name));
  return `${cut.join(', ')}${names.length > cut.length ? ', …' : ''}`;
}
