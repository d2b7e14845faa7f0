/** `${ENV:NAME}` in string values, as the Java gateway has it: an unset variable is a problem with its place. */
import type { Problem } from '../../src/base/errors.ts';
import type { Path, YamlSource } from '../../src/base/yaml.ts';

const REFERENCE = /\$\{ENV:([a-zA-Z][a-zA-Z0-9_-]*)\}/g;

export interface Substituted {
  readonly source: YamlSource;
  readonly problems: readonly Problem[];
}

/** The source with every reference replaced. Unset variables stay as written and are reported. */
export function substituteEnvironment(source: YamlSource, env: NodeJS.ProcessEnv): Substituted {
  const problems: Problem[] = [];
  const replaceIn = (text: string, path: Path): string =>
    text.replace(REFERENCE, (whole, variable: string) => {
      const value = env[variable];
      if (value === undefined) {
        problems.push(source.problemAt(path, `environment variable ${variable} is not set`));
      }
      return value ?? whole;
    });
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return replaceIn(value, path);
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, [...path, k])]));
  };
  const data = walk(source.data, []);
  return { source: { ...source, data }, problems };
}
