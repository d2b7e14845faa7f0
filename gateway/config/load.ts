/** Reads a gateway configuration: strict, all problems at once, each with file:line:column. */
import { dirname, resolve } from 'node:path';
import { type Problem, ProblemsError } from '../../src/base/errors.ts';
import { maskText } from '../../src/base/secrets.ts';
import { parseYaml, readText, schemaProblems, type YamlSource } from '../../src/base/yaml.ts';
import { substituteEnvironment } from './environment.ts';
import { type GatewayConfig, gatewaySchema } from './schema.ts';

/** Loads a configuration file. Throws `FILE_MISSING` or a `ProblemsError` that lists everything wrong in it. */
export function loadGatewayConfig(file: string, env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  return parseGatewayConfig(readText(file, 'Gateway configuration'), file, env);
}

/** The same from text. `file` names it in problems, and relative paths in it count from that file's folder. */
export function parseGatewayConfig(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): GatewayConfig {
  const { source, problems } = substituteEnvironment(parseYaml(text, file), env);
  const parsed = gatewaySchema.safeParse(source.data);
  if (!parsed.success) {
    throw new ProblemsError(
      file,
      inOrder([...problems, ...schemaProblems(source, gatewaySchema, parsed.error)]),
    );
  }
  const all = [...problems, ...crossProblems(source, parsed.data)];
  if (all.length > 0) throw new ProblemsError(file, inOrder(all));
  return withResolvedPaths(parsed.data, dirname(file));
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** What the schema cannot say: names used twice, keys that need another. */
function crossProblems(source: YamlSource, config: GatewayConfig): Problem[] {
  const problems: Problem[] = [];
  const firstIndex = new Map<string, number>();
  config.backends.forEach((backend, i) => {
    const first = firstIndex.get(backend.name);
    if (first === undefined) firstIndex.set(backend.name, i);
    else {
      const message = `backends.${i}.name: "${backend.name}" is already the name of backend ${first + 1}`;
      problems.push(source.problemAt(['backends', i, 'name'], message));
    }
  });
  const rules = config.routingRules;
  if (rules.rulesEngineEnabled && rules.rulesType === 'FILE' && rules.rulesConfigPath === undefined) {
    const message =
      'routingRules.rulesConfigPath: expected the path of a rules file, as rulesEngineEnabled is true';
    problems.push(source.problemAt(['routingRules', 'rulesEngineEnabled'], message));
  }
  const asksService =
    (rules.rulesEngineEnabled && rules.rulesType === 'EXTERNAL') ||
    config.routing.routers?.includes('external');
  if (asksService && rules.rulesExternalConfiguration === undefined) {
    const message = 'routingRules.rulesExternalConfiguration: expected the urlPath of the external router';
    problems.push(source.problemAt(['routingRules'], message));
  }
  if (config.health.table !== undefined && config.health.catalogs !== undefined) {
    problems.push(
      source.problemAt(['health', 'catalogs'], 'health.catalogs: name a table or catalogs, not both'),
    );
  }
  const store = config.dataStore;
  if (store.jdbcUrl !== undefined && (store.type ?? store.path) !== undefined) {
    problems.push(
      source.problemAt(['dataStore', 'jdbcUrl'], 'dataStore: name jdbcUrl or an SQLite path, not both'),
    );
  }
  return problems;
}

function withResolvedPaths(config: GatewayConfig, folder: string): GatewayConfig {
  const rulesPath = config.routingRules.rulesConfigPath;
  const store = config.dataStore;
  return {
    ...config,
    routingRules:
      rulesPath === undefined
        ? config.routingRules
        : { ...config.routingRules, rulesConfigPath: resolve(folder, rulesPath) },
    dataStore:
      store.path === undefined || store.path === ':memory:'
        ? store
        : { ...store, path: resolve(folder, store.path) },
  };
}

/** The configuration as it may be printed: passwords, and credentials inside URLs, become `***`. */
export function maskedConfig(config: GatewayConfig): GatewayConfig {
  const store = config.dataStore;
  const password = store.password === '' ? '' : '***';
  const url = store.jdbcUrl === undefined ? {} : { jdbcUrl: maskText(store.jdbcUrl) };
  return { ...config, dataStore: { ...store, ...url, password } };
}
