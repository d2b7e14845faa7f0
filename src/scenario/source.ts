/** Looking into a scenario as it is written, whatever its shape. */
import type { Path, YamlSource } from '../base/yaml.ts';

export type Entry = Readonly<Record<string, unknown>>;

export function at(source: YamlSource, path: Path): unknown {
  return path.reduce<unknown>(
    (here, key) => (here as Record<string | number, unknown> | undefined | null)?.[key],
    source.data,
  );
}

export function textAt(source: YamlSource, path: Path): string | undefined {
  const value = at(source, path);
  return typeof value === 'string' ? value : undefined;
}

/** The maps of a list, with their indices. */
export function entriesOf(source: YamlSource, path: Path): [number, Entry][] {
  const list = at(source, path);
  if (!Array.isArray(list)) return [];
  return [...list.entries()].filter(
    (pair): pair is [number, Entry] => typeof pair[1] === 'object' && pair[1] !== null,
  );
}

export const CLUSTERS = ['fleet', 'clusters'] as const;

export function groupsByCluster(source: YamlSource): Map<string, unknown> {
  return new Map(entriesOf(source, CLUSTERS).map(([, c]) => [String(c.name), c.group]));
}
