/** What a client can see of a whole statement, without what depends on how fast the server was. */
import { headSeen, masked, type Seen, seen } from './observe.ts';
import { type Call, type Page, run, type Side } from './wire.ts';

/** The order in which QueryResults are written. */
const FIELDS = [
  ...['id', 'infoUri', 'partialCancelUri', 'nextUri', 'columns', 'data', 'stats', 'error', 'warnings'],
  ...['updateType', 'updateCount'],
];

/** There or not by how far the query was when it was asked. */
const BY_CHANCE = new Set(['nextUri', 'partialCancelUri']);
const STEADY = FIELDS.filter((field) => !BY_CHANCE.has(field));

/** What a query goes through; an answer may miss any of them. */
const STATES = [
  ...['QUEUED', 'WAITING_FOR_RESOURCES', 'DISPATCHING', 'PLANNING', 'STARTING', 'RUNNING', 'FINISHING'],
  ...['FINISHED', 'FAILED'],
];

/** Runs a statement and tells its story. */
export async function story(on: Side, sql: string, headers: Call['headers'] = {}): Promise<Seen> {
  return storyOf(on, await run(on, sql, headers));
}

export function storyOf(on: Side, pages: readonly Page[]): Seen {
  const [first, last] = [pages[0], pages.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no answers');
  const executing = pages.filter(({ asked }) => asked.startsWith('executing/'));
  const firstRows = pages.find(({ results }) => results.data !== undefined);
  const changes = (page: Page) => page.reply.headers.filter(([name]) => name.startsWith('x-trino-'));
  return {
    'answer to POST': seen(on, first.reply),
    'states in order': String(rises(pages.map(({ results }) => STATES.indexOf(results.stats.state)))),
    'fails in stretch': last.results.error === undefined ? 'no' : (last.asked.split('/')[0] ?? ''),
    'fields in order': String(pages.every(({ results }) => inOrder(Object.keys(results)))),
    'fields of executing answers': STEADY.filter((field) =>
      executing.some(({ results }) => field in results),
    ).join(' '),
    'columns from': executing.find(({ results }) => results.columns !== undefined)?.asked ?? 'never',
    'columns then on every answer': String(everAfter(pages, ({ results }) => results.columns !== undefined)),
    'update type from': pages.find(({ results }) => results.updateType !== undefined)?.asked ?? 'never',
    'update count is the row': countIsRow(pages),
    'rows in all': String(pages.reduce((sum, { results }) => sum + (results.data?.length ?? 0), 0)),
    'empty data': String(pages.some(({ results }) => results.data?.length === 0)),
    'rows and columns together': String(
      pages.every(({ results }) => results.data === undefined || results.columns !== undefined),
    ),
    'answer with the first rows': firstRows === undefined ? 'none' : rowsSeen(on, firstRows),
    'session changes': onceEach(executing.flatMap((p) => changes(p).map((h) => masked(on, h.join(': '))))),
    'session changes in queued': String(
      pages.some((p) => p.asked.startsWith('queued') && changes(p).length > 0),
    ),
    'session changes then on every answer': String(everAfter(pages, (page) => changes(page).length > 0)),
    'last answer': seen(on, last.reply),
  };
}

/** Token and state of the page with the first rows depend on time, its form does not. */
function rowsSeen(on: Side, { reply, results }: Page): Seen {
  return { ...headSeen(on, reply), keys: STEADY.filter((key) => key in results).join(' ') };
}

function onceEach(names: readonly string[]): string {
  return names.filter((name, i) => i === 0 || name !== names[i - 1]).join(' ');
}

function inOrder(keys: readonly string[]): boolean {
  const places = keys.map((key) => FIELDS.indexOf(key));
  return rises(places) && new Set(places).size === places.length;
}

/** Unknown ones have no place and are out of order. */
function rises(places: readonly number[]): boolean {
  return places.every((place, i) => place >= Math.max(0, places[i - 1] ?? 0));
}

/** Once it was so it stayed so; the answer with an error may differ. */
function everAfter(pages: readonly Page[], isSo: (page: Page) => boolean): boolean {
  const from = pages.findIndex(isSo);
  return pages.slice(from < 0 ? pages.length : from).every((page) => isSo(page) || 'error' in page.results);
}

/** Writes say how many rows in a row, and beside it from then on. */
function countIsRow(pages: readonly Page[]): string {
  const from = pages.findIndex(({ results }) => results.updateCount !== undefined);
  if (from < 0) return 'no count';
  const count = pages[from]?.results.data?.[0]?.[0];
  return String(pages.slice(from).every(({ results }) => results.updateCount === count));
}
