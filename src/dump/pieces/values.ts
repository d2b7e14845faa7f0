/** The lists, maps and numbers of dumps, which every source writes its own way. */
import { parseDurationMs } from '../../base/units.ts';

type TextMap = Readonly<Record<string, string>>;

const NO_LIST: readonly string[] = [];
const NO_MAP: TextMap = {};

/** A value as text; undefined for absent, empty and NULL. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return undefined;
}

/** True for an object with keys, as JSON has them. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under a key, or an empty one. */
export function inner(
  fields: Readonly<Record<string, unknown>>,
  key: string,
): Readonly<Record<string, unknown>> {
  const value = fields[key];
  return isFields(value) ? value : NO_MAP;
}

/** A number from a number or its text. */
export function numberOf(value: unknown): number | undefined {
  const text = textOf(value)?.trim();
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A list: JSON array, JSON text, `[a, b]` as Trino's CLI prints arrays, or a comma list. */
export function listOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textOf(item) ?? []);
  const text = textOf(value)?.trim() ?? '';
  if (text === '' || text === '[]') return NO_LIST;
  const json = text.startsWith('[') ? parseJson(text) : undefined;
  if (Array.isArray(json)) return listOf(json);
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return inner
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A map of texts: JSON object, its text, or `{k=v, k=v}`. */
export function mapOf(value: unknown): TextMap {
  if (typeof value === 'object' && value !== null) return objectMap(value);
  const text = textOf(value)?.trim() ?? '';
  if (text === '' || text === '{}') return NO_MAP;
  const json = text.startsWith('{') ? parseJson(text) : undefined;
  if (typeof json === 'object' && json !== null) return objectMap(json);
  const pairs = text.replace(/^\{|\}$/g, '').split(/,\s*/);
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const equals = pair.indexOf('=');
      return equals > 0 ? [[pair.slice(0, equals).trim(), pair.slice(equals + 1)]] : [];
    }),
  );
}

/** True where `mapOf` reads all of a value: no pair without `=`, no value that is a list or a map itself. */
export function isWholeMap(value: unknown): boolean {
  const text = textOf(value)?.trim() ?? '';
  const json = text.startsWith('{') ? parseJson(text) : value;
  if (typeof json === 'object' && json !== null)
    return Object.values(json).every((item) => item === null || item === '' || textOf(item) !== undefined);
  const inside = text.replace(/^\{|\}$/g, '').trim();
  return inside === '' || inside.split(/,\s*/).every((pair) => pair.indexOf('=') > 0);
}

/** Milliseconds from a number of them, or from `754ms`, `1.5m`. */
export function millisecondsOf(value: unknown): number | undefined {
  const text = textOf(value);
  return numberOf(value) ?? (text === undefined ? undefined : parseDurationMs(text));
}

function objectMap(value: object): TextMap {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const text = typeof item === 'string' ? item : textOf(item);
      return text === undefined ? [] : [[key, text]];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds of a duration in an event: decimal seconds, `PT1.5S`, or `250.00ms`. */
export function eventDurationMs(value: unknown): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return Math.round(seconds * 1e6) / 1e3;
  const text = textOf(value);
  return text === undefined ? undefined : (isoDurationMs(text) ?? parseDurationMs(text));
}

function isoDurationMs(text: string): number | undefined {
  const m = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text);
  if (m === null || text === 'P' || text === 'PT') return undefined;
  const [days, hours, minutes, seconds] = m.slice(1).map((n) => Number(n ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e6) / 1e3;
}

const EXECUTE = /^\s*EXECUTE\s+(?!IMMEDIATE\b)("(?:[^"]|"")+"|[A-Za-z_][\w@$]*)/i;

/** The prepared statement a client carried: its name stands in the EXECUTE, its text in a column of its own. */
export function preparedOf(sql: string, text: string | undefined): TextMap {
  const name = text === undefined ? undefined : EXECUTE.exec(sql)?.[1];
  if (name === undefined || text === undefined) return NO_MAP;
  return { [name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name]: text };
}
