/** `${ENV:NAME}` in values, as the Java gateway has it (`ConfigurationUtils`): an unset variable stops the start. */
import type { Path } from '../../../src/base/yaml.ts';
import { type Draft, isMap, keyOf, problem } from './draft.ts';

const REFERENCE = /\$\{ENV:([a-zA-Z][a-zA-Z0-9_-]*)\}/g;

/** Replaces every reference. Unset variables are problems; what was put in is kept out of messages. */
export function substituteEnvironment(draft: Draft, env: NodeJS.ProcessEnv): void {
  const replaceIn = (text: string, path: Path): string => {
    const names: string[] = [];
    const replaced = text.replace(REFERENCE, (whole, variable: string) => {
      names.push(variable);
      const value = env[variable];
      if (value === undefined) problem(draft, path, `environment variable ${variable} is not set`);
      else draft.secrets.add(value);
      return value ?? whole;
    });
    if (names.length > 0) draft.variables.set(keyOf(path), names);
    return replaced;
  };
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return replaceIn(value, path);
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]));
    if (!isMap(value)) return value;
    for (const [key, inner] of Object.entries(value)) value[key] = walk(inner, [...path, key]);
    return value;
  };
  walk(draft.data, []);
}
