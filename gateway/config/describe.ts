/** A loaded configuration as people write it, complete, without secrets, and with the origin of every value. */
import { z } from 'zod';
import type { Path } from '../../src/base/yaml.ts';
import { IN_MEMORY } from './kept.ts';
import type { LoadedConfig } from './load.ts';
import { STRICT_DEFAULTS } from './reading/compat.ts';
import { type Draft, isMap, keyOf, removeAt, valueAt, writtenAt } from './reading/draft.ts';
import { isSecret, masked } from './reading/secrets.ts';
import { gatewaySchema } from './schema.ts';

export interface Origin {
  readonly from: 'file' | 'environment' | 'mapped' | 'compat' | 'default';
  /** Line of the file, where the value comes from there. */
  readonly line?: number;
  /** Key of the file that a mapped value was written under. */
  readonly key?: string;
}

export interface Description {
  /** Complete, in the form of a configuration file: durations and sizes are texts. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By the key's dotted name. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** Where the file says nothing, and our default is another than the Java gateway's on purpose. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly key: string;
  readonly java: string;
  readonly why: string;
}

interface JsonSchema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

export function describeConfig({ draft }: LoadedConfig): Description {
  const schema = z.toJSONSchema(gatewaySchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const origins: Record<string, Origin> = {};
  const values = complete(draft, schema, withoutMapped(draft), [], origins) as Record<string, unknown>;
  return { values, origins, differences: differencesOf(draft) };
}

/** What was brought under another key is shown there alone, so that the description can be used as a file. */
function withoutMapped(draft: Draft): Record<string, unknown> {
  const data = structuredClone(draft.data);
  sayStore(data);
  const sources = [...draft.reasons.values()].flatMap((r) => (r.kind === 'mapped' ? [r.from] : []));
  for (const from of sources) removeAt(data, from);
  if (sources.some(([first]) => first === 'modules')) delete data.modules;
  return data;
}

/** The default is a file in memory, which the schema cannot say: beside a jdbcUrl there is none. */
function sayStore(data: Record<string, unknown>): void {
  const { dataStore = {} } = data;
  if (!isMap(dataStore) || dataStore.jdbcUrl !== undefined) return;
  data.dataStore = { ...dataStore, type: 'sqlite', path: dataStore.path ?? IN_MEMORY };
}

function differencesOf(draft: Draft): Difference[] {
  if (draft.data.compat === 'strict') return [];
  return STRICT_DEFAULTS.filter(
    ({ key, within }) =>
      valueAt(draft.data, key.split('.')) === undefined &&
      (within === undefined || valueAt(draft.data, within.split('.')) !== undefined),
  ).map(({ key, java, why }) => ({ key, java: String(java), why }));
}

/** The value with every default filled in, as a copy; notes the origin of each end of the tree. */
function complete(
  draft: Draft,
  schema: JsonSchema,
  value: unknown,
  path: Path,
  origins: Record<string, Origin>,
): unknown {
  if (Array.isArray(value) && value.length > 0)
    return value.map((item, i) => complete(draft, schema.items ?? {}, item, [...path, i], origins));
  if (!isMap(value) || (Object.keys(value).length === 0 && schema.properties === undefined)) {
    origins[path.join('.')] = originOf(draft, path);
    return shown(draft, path, value);
  }
  const properties = schema.properties ?? {};
  const keys = [...new Set([...Object.keys(properties), ...Object.keys(value)])];
  const entries = keys.flatMap((key) => {
    const inner = properties[key] ?? {};
    const given = value[key] ?? inner.default;
    return given === undefined ? [] : [[key, complete(draft, inner, given, [...path, key], origins)]];
  });
  return Object.fromEntries(entries);
}

/** A value that came out of the environment is shown as the reference to it, everything else masked. */
function shown(draft: Draft, path: Path, value: unknown): unknown {
  const written = writtenAt(draft, path);
  if (draft.variables.has(keyOf(written))) {
    const reference = valueAt(draft.source.data, written);
    return isSecret(path) && !/^\$\{ENV:[^}]*\}$/.test(String(reference)) ? '***' : masked(reference);
  }
  return isSecret(written) && value !== '' ? '***' : masked(value, path);
}

function originOf(draft: Draft, path: Path): Origin {
  const written = writtenAt(draft, path);
  const line = draft.source.problemAt(written, '').line;
  if (draft.variables.has(keyOf(written))) return { from: 'environment', line };
  if (written !== path) return { from: 'mapped', line, key: written.join('.') };
  if (draft.reasons.get(keyOf(path))?.kind === 'compat') return { from: 'compat' };
  return valueAt(draft.source.data, path) === undefined ? { from: 'default' } : { from: 'file', line };
}
