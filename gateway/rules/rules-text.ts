/** The rules of a file as people wrote them: listing them, and replacing one without touching the others. */
import { isMap, isScalar, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';
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
  return documentsOf(text)
    .flatMap(mapsOf)
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
  const documents = documentsOf(text);
  for (const document of documents) {
    const map = mapsOf(document).find((m) => m.get('name') === rule.name);
    if (map === undefined) continue;
    if (rule.description !== '' || map.has('description')) map.set('description', rule.description);
    if (rule.priority !== 0 || map.has('priority')) map.set('priority', rule.priority);
    map.set('condition', rule.condition);
    map.set('actions', document.createNode(rule.actions));
    const changed = documents.map((d) => d.toString({ lineWidth: 0 })).join('');
    parseRules(changed, file, options);
    return changed;
  }
  return undefined;
}

function documentsOf(text: string) {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  return Array.isArray(documents) ? documents : [];
}

function mapsOf(document: ReturnType<typeof documentsOf>[number]): YAMLMap[] {
  const root = document.contents;
  if (isSeq(root)) return root.items.filter((item) => isMap(item));
  return isMap(root) && !isScalar(root) ? [root] : [];
}
