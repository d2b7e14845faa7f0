/**
 * Reads a rules file of the Java gateway: YAML documents separated by `---`, one rule each, or one list of rules.
 * Everything wrong in the file is reported at once, with the rule's name and file:line:column.
 */
import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import { type Problem, ProblemsError } from '../../src/base/errors.ts';
import { suggestion } from '../../src/base/suggest.ts';
import { readText } from '../../src/base/yaml.ts';
import { yamlDocuments } from '../../src/base/yaml-documents.ts';
import { type CompileOptions, compileAction, compileCondition } from './compile/text.ts';
import { RuleTextError } from './language/ast.ts';
import type { Rule } from './rule-set.ts';

const KEYS = ['name', 'description', 'priority', 'condition', 'actions'];

const CONFIG_KEYS = ['backends', 'dataStore', 'listen', 'monitor', 'routing', 'routingRules', 'serverConfig'];
const NO_RULE = 'expected a rule with name, condition and actions';

/** Collects problems of one file. */
interface Reader {
  readonly text: string;
  readonly options: CompileOptions;
  problem(offset: number, message: string): void;
}

/** Loads and checks a rules file. Throws `FILE_MISSING` or a `ProblemsError`. */
export function loadRules(file: string, options: CompileOptions): Rule[] {
  return parseRules(readText(file, 'Rules file'), file, options);
}

/** The same from text; `file` names it in problems. */
export function parseRules(text: string, file: string, options: CompileOptions): Rule[] {
  const parsed = yamlDocuments(text);
  const problems: Problem[] = [];
  const reader: Reader = {
    text,
    options,
    problem(offset, message) {
      problems.push({ file, ...parsed.position(offset), message });
    },
  };
  for (const { message, offset } of parsed.problems) reader.problem(offset, message);
  const nodes = parsed.documents.flatMap(({ contents: root }) => {
    return isSeq(root) ? (root.items as Node[]) : root === null || isEmptyScalar(root) ? [] : [root];
  });
  const rules = problems.length > 0 ? [] : nodes.flatMap((node) => readRule(reader, node) ?? []);
  if (problems.length > 0) {
    throw new ProblemsError(
      file,
      problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    );
  }
  return rules;
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function readRule(reader: Reader, node: Node): Rule | undefined {
  const start = node.range?.[0] ?? 0;
  if (!isMap(node)) {
    reader.problem(start, NO_RULE);
    return undefined;
  }
  if (!KEYS.some((key) => node.has(key))) {
    reader.problem(start, `${NO_RULE}${otherFile(node)}`);
    return undefined;
  }
  for (const { key } of node.items) {
    if (isScalar(key) && !KEYS.includes(String(key.value))) {
      const name = String(key.value);
      reader.problem(key.range?.[0] ?? start, `unknown key "${name}"${suggestion(name, KEYS)}`);
    }
  }
  const nameNode = node.get('name', true);
  const name = textOf(nameNode);
  if (name === undefined) reader.problem(offsetOf(nameNode, start), 'expected a name for the rule');
  const label = `rule "${name ?? '?'}"`;
  const condition = readCondition(reader, node.get('condition', true), start, label);
  const actions = readActions(reader, node.get('actions', true), start, label);
  const priority = readPriority(reader, node.get('priority', true), label);
  if (name === undefined || condition === undefined || actions === undefined) return undefined;
  return { name, description: textOf(node.get('description', true)), priority, condition, actions };
}

/** What the file seems to be, where it holds no rules. */
function otherFile(node: YAMLMap): string {
  if (node.has('expectGroup')) return '; this looks like a file of cases (`rehearse rules test --cases`)';
  const isConfig = CONFIG_KEYS.some((key) => node.has(key));
  if (!isConfig) return '';
  return '; this looks like a configuration: the rules are in the file under its routingRules.rulesConfigPath';
}

function readCondition(reader: Reader, node: unknown, start: number, label: string) {
  const text = textOf(node);
  if (text === undefined) {
    reader.problem(offsetOf(node, start), `${label}: expected a condition in quotes`);
    return undefined;
  }
  return compiled(reader, node as Scalar, label, () => compileCondition(text, reader.options));
}

function readActions(
  reader: Reader,
  node: unknown,
  start: number,
  label: string,
): Rule['actions'] | undefined {
  const items = isSeq(node) ? node.items : isScalar(node) ? [node] : [];
  const actions = items.flatMap((item) => {
    const text = textOf(item);
    if (text === undefined) {
      reader.problem(offsetOf(item, start), `${label}: expected an action in quotes`);
      return [];
    }
    return compiled(reader, item as Scalar, label, () => compileAction(text, reader.options)) ?? [];
  });
  if (items.length > 0) return actions;
  reader.problem(offsetOf(node, start), `${label}: expected a list of actions`);
  return undefined;
}

function readPriority(reader: Reader, node: unknown, label: string): number {
  if (node === undefined) return 0;
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  reader.problem(
    offsetOf(node, 0),
    `${label}: expected a whole number as priority, got ${JSON.stringify(value)}`,
  );
  return 0;
}

function compiled<T>(reader: Reader, node: Scalar, label: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RuleTextError)) throw error;
    reader.problem(sourceOffset(reader.text, node, error.at), `${label}: ${error.message}`);
    return undefined;
  }
}

function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function offsetOf(node: unknown, otherwise: number): number {
  return isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? otherwise) : otherwise;
}

/**
 * Where the character at `index` of a scalar's value stands in the file. Quotes, escapes and folded lines make
 * the two differ; each character of the value is found in the source in turn.
 */
function sourceOffset(text: string, node: Scalar, index: number): number {
  const [start, end] = node.range ?? [0, 0];
  const value = String(node.value);
  let at = node.type === 'PLAIN' ? start : start + 1;
  for (let i = 0; i < Math.min(index, value.length); i++) {
    const wanted = value[i];
    let found = at;
    while (found < end && text[found] !== wanted) found++;
    if (found < end) at = found + 1;
  }
  while (at < end && index < value.length && text[at] !== value[index]) at++;
  return at;
}
