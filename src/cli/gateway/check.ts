/** `rehearse gateway check`: what would run with a configuration, or everything that is wrong with it. */
import { Command } from 'commander';
import { Document, isMap, isScalar, isSeq } from 'yaml';
import {
  checkRules,
  checkRulesFile,
  type Description,
  describeConfig,
  keptIn,
  keptTexts,
  type LoadedConfig,
  type Origin,
  readGatewayConfig,
  rulesFileIn,
  withoutEffectText,
} from '../../../gateway/index.ts';
import { formatProblem, type Problem, ProblemsError, RehearseError } from '../../base/errors.ts';
import type { CliContext } from '../context.ts';

interface Flags {
  readonly config: string;
  readonly json?: boolean;
}

export function gatewayCheckCommand(context: CliContext, defaultConfig: string): Command {
  return new Command('check')
    .description('check a configuration and its rules, and print what would run, secrets masked')
    .option('--config <file>', 'configuration file', defaultConfig)
    .option('--json', 'print as JSON: values, origins, rules, warnings, or problems')
    .addHelpText('after', '\nExample:\n  rehearse gateway check --config gateway.yaml')
    .action((flags: Flags) => {
      const checked = check(flags.config);
      if ('error' in checked) {
        if (flags.json !== true || !(checked.error instanceof ProblemsError)) throw checked.error;
        context.out(JSON.stringify({ file: flags.config, problems: checked.error.problems }, null, 2));
        context.exit = checked.error.exit;
      } else if (flags.json === true) context.out(JSON.stringify(jsonOf(checked), null, 2));
      else context.out(textOf(checked));
    });
}

interface Checked {
  readonly loaded: LoadedConfig;
  readonly description: Description;
  readonly rules: readonly string[];
}

/** Reads configuration and rules; the problems of both come together. */
function check(file: string): Checked | { readonly error: unknown } {
  let loaded: LoadedConfig;
  try {
    loaded = readGatewayConfig(file);
  } catch (error) {
    return { error: error instanceof ProblemsError ? withRulesProblems(error, file) : error };
  }
  try {
    return { loaded, description: describeConfig(loaded), rules: checkRules(loaded.config) };
  } catch (error) {
    if (error instanceof RehearseError) return { error };
    throw error;
  }
}

function withRulesProblems(error: ProblemsError, file: string): ProblemsError {
  const rules = rulesFileIn(file);
  if (rules === undefined) return error;
  try {
    checkRulesFile(rules);
    return error;
  } catch (more) {
    const problems: readonly Problem[] = more instanceof ProblemsError ? more.problems : [];
    return problems.length === 0 ? error : new ProblemsError(file, [...error.problems, ...problems]);
  }
}

function jsonOf({ loaded, description, rules }: Checked): object {
  const { file, notes, withoutEffect } = loaded;
  const { values, origins, differences } = description;
  return {
    file,
    values,
    origins,
    rules,
    store: keptIn(loaded.config.dataStore),
    differences,
    notes: notes.map(formatProblem),
    withoutEffect,
    problems: [],
  };
}

function textOf({ loaded, description, rules }: Checked): string {
  const { withoutEffect, notes } = loaded;
  const { differences } = description;
  const comment = (lines: readonly string[]) => lines.map((line) => `# ${line}`);
  return [
    ...comment([`${loaded.file}: what would run; every value with where it comes from`]),
    yamlWithOrigins(description),
    ...comment([rules.length === 0 ? 'no routing rules' : `routing rules, in order: ${rules.join(', ')}`]),
    ...comment(keptTexts(loaded.config)),
    ...comment(
      differences.map((d) => `${d.key}: the Java gateway has ${d.java}; ${d.why} (compat: strict for that)`),
    ),
    ...comment(notes.map((n) => `note: ${formatProblem(n)}`)),
    ...comment(withoutEffect.length === 0 ? [] : [`warning: ${withoutEffectText(loaded)}`]),
  ].join('\n');
}

function yamlWithOrigins({ values, origins }: Description): string {
  const document = new Document(values, { aliasDuplicateObjects: false });
  annotate(document.contents, '', origins);
  return document.toString({ lineWidth: 0 }).trimEnd();
}

function annotate(node: unknown, name: string, origins: Description['origins']): void {
  const inner = (key: string | number) => (name === '' ? String(key) : `${name}.${key}`);
  if (isMap(node) && node.items.length > 0) {
    for (const { key, value } of node.items)
      annotate(value, inner(String(isScalar(key) ? key.value : key)), origins);
    return;
  }
  if (isSeq(node) && node.items.length > 0) {
    for (const [i, item] of node.items.entries()) annotate(item, inner(i), origins);
    return;
  }
  const origin = origins[name];
  if (origin !== undefined && isScalar(node)) node.comment = ` ${originText(origin)}`;
}

function originText({ from, line, key }: Origin): string {
  if (from === 'mapped') return `line ${line}, ${key}`;
  if (from === 'environment') return `line ${line}, from the environment`;
  if (from === 'compat') return 'as the Java gateway';
  return from === 'file' ? `line ${line}` : 'default';
}
