/**
 * YAML text as documents: where everything that people write in YAML or JSON is read. How deep a text nests is bounded
 * before anything walks it, since whatever walks a tree needs a stack as deep.
 */
import { Composer, type CST, type Document, isMap, isScalar, isSeq, LineCounter, Parser, visit } from 'yaml';

/** Levels of lists and maps inside each other; no file that a person writes comes near. */
export const MOST_LEVELS = 100;

export const TOO_DEEP = `lists and maps stand inside each other more than ${MOST_LEVELS} levels deep`;

/** No file that a person writes comes near; what is longer is data, and belongs in a file of another kind. */
const MOST_CHARACTERS = 4 * 1024 ** 2;

const TOO_LONG = 'the file is longer than 4 MB';

/** Later ones mostly follow from the first. */
const MOST_PROBLEMS = 20;

/** What makes a text no YAML. */
export interface SyntaxProblem {
  /** Index of the character in the text. */
  readonly offset: number;
  readonly message: string;
}

export interface YamlDocuments {
  /** Empty for a text that nests too deep. Comments alone make a document without contents. */
  readonly documents: readonly Document.Parsed[];
  readonly problems: readonly SyntaxProblem[];
  /** Line and column of an index, from 1. */
  position(offset: number): { readonly line: number; readonly column: number };
}

/** All documents of a text. Never throws: what is wrong is among the problems. */
export function yamlDocuments(text: string): YamlDocuments {
  if (text.length > MOST_CHARACTERS)
    return {
      documents: [],
      problems: [{ offset: 0, message: TOO_LONG }],
      position: () => ({ line: 1, column: 1 }),
    };
  const counter = new LineCounter();
  const tokens = [...new Parser(counter.addNewLine).parse(text)];
  const position = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const tooDeepAt = offsetOfTooDeep(tokens);
  if (tooDeepAt !== undefined)
    return { documents: [], problems: [{ offset: tooDeepAt, message: TOO_DEEP }], position };
  const composer = new Composer({ lineCounter: counter, prettyErrors: false, uniqueKeys: false });
  const documents = [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
  const problems = documents
    .flatMap((doc) => [
      ...doc.errors.map(({ code, message, pos: [offset] }) => ({
        offset,
        message: syntaxText(code, message),
      })),
      ...duplicateKeys(doc).map((offset) => ({ offset, message: syntaxText('DUPLICATE_KEY', '') })),
    ])
    .sort((a, b) => a.offset - b.offset);
  return { documents, problems: problems.slice(0, MOST_PROBLEMS), position };
}

const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'unresolved alias: a text that begins with * or & has to be in quotes',
  BAD_DQ_ESCAPE: 'invalid escape sequence in a text in double quotes',
  DUPLICATE_KEY: 'this key stands here a second time; keep one of the two',
  TAG_RESOLVE_FAILED: 'unresolved tag: a text that begins with ! has to be in quotes',
};

/** Without what stands there: a password with a special character, not in quotes, is what many mistakes are about. */
export function syntaxText(code: string, message: string): string {
  return SYNTAX[code] ?? message.replace(/: .*$/s, '');
}

/** Looks without recursion: this is what protects the rest from running out of stack. */
function offsetOfTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: (readonly [CST.Token, number])[] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, level] = next;
    if (level > MOST_LEVELS) return token.offset;
    for (const inner of insideOf(token)) open.push([inner, 'items' in inner ? level + 1 : level]);
  }
  return undefined;
}

function insideOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}

/** Places of keys that stand in their map already. The library's own check compares each with each: a large map took minutes. */
function duplicateKeys(doc: Document.Parsed): number[] {
  const places: number[] = [];
  visit(doc, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) places.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return places;
}

/** The keys of every map that is a document, or that stands in the list that a document is. */
export function outerKeys({ documents }: YamlDocuments): {
  readonly offset: number;
  readonly keys: readonly string[];
}[] {
  return documents.flatMap(({ contents }) => {
    const nodes: unknown[] = isSeq(contents) ? contents.items : [contents];
    return nodes.filter(isMap).map((map) => ({
      offset: map.range?.[0] ?? 0,
      keys: map.items.map(({ key }) => String(key)),
    }));
  });
}

/** True for data in which lists and maps stand deeper than that in each other, by way of aliases. */
export function isTooDeep(data: unknown): boolean {
  /** The deepest level at which a value has been looked into: aliases make it stand in many places. */
  const seen = new Map<object, number>();
  const look = (value: unknown, level: number): boolean => {
    if (typeof value !== 'object' || value === null || (seen.get(value) ?? 0) >= level) return false;
    if (level > MOST_LEVELS) return true;
    seen.set(value, level);
    return Object.values(value).some((inner) => look(inner, level + 1));
  };
  return look(data, 1);
}
