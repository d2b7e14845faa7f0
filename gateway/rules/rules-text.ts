/** The rules of a file as people wrote them: listing them, and replacing one without touching the others. */
import { Document, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { yamlDocuments } from '../../src/base/yaml-documents.ts';
import type { CompileOptions } from './compile/text.ts';
import { parseRules } from './rules-file.ts';

/** A rule as the REST API has it. */
export interface RuleText {
  readonly name: string;
  readonly description: string;
  readonly priority: number;
  readonly actions: readonly string[];
  readonly condition: string;
}

/** All rules in the order of the file. Throws a `ProblemsError` when the file is not a valid one. */
export function ruleTexts(text: string, file: string, options: CompileOptions): RuleText[] {
  parseRules(text, file, options);
  return yamlDocuments(text)
    .documents.flatMap(mapsOf)
    .map((map) => {
      const rule = map.toJSON() as Record<string, unknown>;
      const { actions } = rule;
      return {
        name: String(rule.name),
        description: String(rule.description ?? ''),
        priority: Number(rule.priority ?? 0),
        actions: (Array.isArray(actions) ? actions : [actions]).map(String),
        condition: String(rule.condition),
      };
    });
}

/**
 * The file's text with the rule of that name replaced; comments and other rules stay as they are. Undefined when no
 * rule has the name. Throws a `ProblemsError` when the file would not be valid with it.
 */
export function withRule(
  text: string,
  file: string,
  rule: RuleText,
  options: CompileOptions,
): string | undefined {
  const map = yamlDocuments(text)
    .documents.flatMap(mapsOf)
    .find((m) => m.get('name') === rule.name);
  if (map?.range == null) return undefined;
  const [start, , end] = map.range;
  if (rule.description !== '' || map.has('description')) map.set('description', rule.description);
  if (rule.priority !== 0 || map.has('priority')) map.set('priority', rule.priority);
  map.set('condition', rule.condition);
  map.set('actions', [...rule.actions]);
  const changed = text.slice(0, start) + mapText(map, columnOf(text, start)) + text.slice(end);
  parseRules(changed, file, options);
  return changed;
}

/** The map as it stands from that column on. What is above it is in the file already. */
function mapText(map: YAMLMap, column: number): string {
  map.commentBefore = null;
  const document = new Document();
  document.contents = map;
  const lines = document.toString({ lineWidth: 0 }).split('\n');
  return lines.map((line, i) => (i === 0 || line === '' ? line : ' '.repeat(column) + line)).join('\n');
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function mapsOf(document: Document.Parsed): YAMLMap[] {
  const root = document.contents;
  if (isSeq(root)) return root.items.filter((item) => isMap(item));
  return isMap(root) && !isScalar(root) ? [root] : [];
}
