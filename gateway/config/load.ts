/**
 * Reads a gateway configuration, ours or the Java gateway's config.yaml: strict, all problems at once, each with
 * file:line:column. The steps: recognise what is none, put in the environment, bring old and foreign keys under the
 * names of the schema, check the shape, check what the parts say of each other.
 */
import { dirname, resolve } from 'node:path';
import { type Problem, ProblemsError, RehearseError } from '../../src/base/errors.ts';
import { parseYaml, readText, schemaProblems, type YamlSource } from '../../src/base/yaml.ts';
import { coerce } from './reading/coercion.ts';
import { applyStrictDefaults } from './reading/compat.ts';
import { crossProblems } from './reading/cross-check.ts';
import { type Draft, newDraft, note, sourceOf, valueAt, writtenAt } from './reading/draft.ts';
import { substituteEnvironment } from './reading/environment.ts';
import { noteInPart } from './reading/in-part.ts';
import { mapModules } from './reading/modules.ts';
import { type WithoutEffect, withoutEffect } from './reading/no-effect.ts';
import { withAbsolutePaths } from './reading/paths.ts';
import { recognise, recogniseOther } from './reading/recognise.ts';
import { masked, redacted, secretTexts } from './reading/secrets.ts';
import { isFromServerConfig, mapServerConfig } from './reading/server-config.ts';
import { place, refuseExpectedNames, renameOldKeys } from './reading/spellings.ts';
import { type GatewayConfig, gatewaySchema } from './schema.ts';

/** A configuration with what there is to say about how it was read. */
export interface LoadedConfig {
  readonly file: string;
  readonly config: GatewayConfig;
  /** Old spellings and the like: accepted, and worth a line each. */
  readonly notes: readonly Problem[];
  /** Keys of the file that change nothing; named in one warning. */
  readonly withoutEffect: readonly WithoutEffect[];
  readonly draft: Draft;
}

/** Loads a configuration file. Throws `FILE_MISSING` or a `ProblemsError` that lists everything wrong in it. */
export function loadGatewayConfig(file: string, env: NodeJS.ProcessEnv = process.env): GatewayConfig {
  return readGatewayConfig(file, env).config;
}

/** The same with notes, warnings and the origin of every value. */
export function readGatewayConfig(file: string, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  return readConfigText(readText(file, 'Gateway configuration'), file, env);
}

/** A configuration from text. `file` names it in problems, and relative paths in it count from that file's folder. */
export function parseGatewayConfig(
  text: string,
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): GatewayConfig {
  return readConfigText(text, file, env).config;
}

export function readConfigText(text: string, file: string, env: NodeJS.ProcessEnv): LoadedConfig {
  const other = recogniseOther(text, file);
  if (other !== undefined) throw new ProblemsError(file, [other]);
  const parsed = parseYaml(text, file);
  const foreign = recognise(parsed);
  if (foreign.length > 0) throw new ProblemsError(file, foreign);
  const draft = newDraft(parsed);
  substituteEnvironment(draft, env);
  for (const secret of secretTexts(draft.data)) draft.secrets.add(secret);
  refuseExpectedNames(draft);
  renameOldKeys(draft);
  const properties = mapServerConfig(draft);
  mapModules(draft);
  applyStrictDefaults(draft);
  useAsyncTimeout(draft);
  noteLoopback(draft);
  const config = checked(draft);
  if (config === undefined || draft.problems.length > 0) throw problemsOf(draft);
  noteInPart(draft, config);
  return {
    file,
    config: withAbsolutePaths(config, draft, dirname(file)),
    notes: draft.notes,
    withoutEffect: withoutEffect(draft, properties),
    draft,
  };
}

/** The Java gateway ends an exchange after `asyncTimeout`; our limit on silence takes its place. */
function useAsyncTimeout(draft: Draft): void {
  const [from, to] = [
    ['routing', 'asyncTimeout'],
    ['proxy', 'requestTimeout'],
  ] as const;
  const value = valueAt(draft.data, from);
  if (value !== undefined && valueAt(draft.data, to) === undefined) place(draft, from, to, value);
}

/** The Java gateway listens on every address; ours has to be told. */
function noteLoopback(draft: Draft): void {
  if (!isFromServerConfig(draft, ['listen', 'port'])) return;
  if (valueAt(draft.data, ['listen', 'host']) !== undefined) return;
  const path = writtenAt(draft, ['listen', 'port']);
  note(draft, path, 'listens on 127.0.0.1 only; for all addresses add listen: {host: 0.0.0.0}');
}

/** The configuration, or undefined with its problems in the draft. */
function checked(draft: Draft): GatewayConfig | undefined {
  let parsed = gatewaySchema.safeParse(draft.data);
  // A second round for what is only seen once the first has been put right.
  for (let round = 0; round < 2 && !parsed.success; round++) {
    if (!coerce(draft, parsed.error.issues)) break;
    parsed = gatewaySchema.safeParse(draft.data);
  }
  const source = sourceOf(draft);
  if (!parsed.success) {
    draft.problems.push(...schemaProblems(source, gatewaySchema, parsed.error));
    draft.problems.push(...crossProblemsOfSound(source));
    return undefined;
  }
  draft.problems.push(...crossProblems(source, parsed.data));
  return parsed.data;
}

/** What can be told of the sections that are right in themselves while others are not. */
function crossProblemsOfSound(source: YamlSource): Problem[] {
  const broken = new Set<string>();
  const sections = Object.entries(gatewaySchema.shape).map(([key, schema]) => {
    const parsed = schema.safeParse(valueAt(source.data, [key]));
    if (parsed.success) return [key, parsed.data];
    broken.add(key);
    return [key, schema.safeParse(undefined).data];
  });
  const config = Object.fromEntries(sections) as GatewayConfig;
  return crossProblems(source, config, (section) => !broken.has(section));
}

function problemsOf(draft: Draft): ProblemsError {
  const { file } = draft.source;
  const problems = draft.problems
    .map((p) => ({ ...p, message: redacted(p.message, draft.secrets) }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
  return new ProblemsError(file, problems);
}

/** The configuration as it may be printed: passwords, keys, and credentials inside URLs become `***`. */
export function maskedConfig(config: GatewayConfig): GatewayConfig {
  return masked(config) as GatewayConfig;
}

/**
 * The rules file that a configuration names, as far as can be told from one that is not usable: so that the problems
 * of both can be told together.
 */
export function rulesFileIn(file: string): string | undefined {
  try {
    const { data } = parseYaml(readText(file, 'Gateway configuration'), file);
    const path = valueAt(data, ['routingRules', 'rulesConfigPath']);
    return typeof path === 'string' ? resolve(dirname(file), path) : undefined;
  } catch (error) {
    if (error instanceof RehearseError) return undefined;
    throw error;
  }
}
