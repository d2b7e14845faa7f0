// Hints send people to keys and flags: each one that the sources name in a text has to be there.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf } from '../../src/base/lines.ts';
import { projectRoot } from '../../src/base/project.ts';
import { studySchema } from '../../src/capacity/study/schema.ts';
import { FIGURES } from '../../src/measure/figures/figures.ts';

const SOURCES = globSync('src/**/*.ts', { cwd: projectRoot });
const scenario = fieldsOf(
  JSON.parse(readFileSync(join(projectRoot, 'scenarios/scenario.schema.json'), 'utf8')),
);
const study = z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any' });
const roots = Object.keys(fieldsOf(scenario.properties));
/** Names of files, and fields of a record. */
const OTHERS = /\.(?:csv|sqlite|yaml)$|^judge\.\w+Ms$/;

interface Text {
  readonly file: string;
  readonly text: string;
}

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const LITERAL = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"/g;

/** Every text in a source, without the holes of templates. */
function textsIn(file: string): Text[] {
  const code = readFileSync(join(projectRoot, file), 'utf8').replace(COMMENT, '');
  return Array.from(code.matchAll(LITERAL), ([text]) => ({
    file,
    text: text.slice(1, -1).replace(/\$\{[^}]*\}/g, '\u2026'),
  }));
}

const TEXTS = SOURCES.flatMap(textsIn);

/** True where a path of keys leads somewhere in a JSON schema; an open map takes any key. */
function leads(schema: unknown, path: readonly string[], node = schema): boolean {
  const here = fieldsOf(node);
  // What another program's schema holds it to is not said here.
  if (Object.keys(here).every((word) => word === 'description' || word === 'default')) return true;
  const ways = [here.anyOf, here.oneOf, here.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  if (ways.some((way) => leads(schema, path, way))) return true;
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (typeof here.$ref === 'string') {
    const target = here.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, step) => fieldsOf(at)[step], schema);
    return leads(schema, path, target);
  }
  const inside = fieldsOf(here.properties)[key];
  if (inside !== undefined) return leads(schema, rest, inside);
  if (here.items !== undefined) return leads(schema, /^\d+$/.test(key) ? rest : path, here.items);
  return typeof here.additionalProperties === 'object'
    ? leads(schema, rest, here.additionalProperties)
    : here.additionalProperties !== false && here.properties === undefined && here.type === 'object';
}

describe('what texts name is there', () => {
  const KEY = new RegExp(`(?<![\\w./@-])(?:${roots.join('|')})(?:\\.[A-Za-z]\\w*)+(?![\\w/:(])`, 'g');

  test('keys of a scenario', () => {
    const named = TEXTS.flatMap(({ file, text }) => (text.match(KEY) ?? []).map((key) => ({ file, key })));
    expect(named.length).toBeGreaterThan(30);
    const unknown = named.filter(({ file, key }) => {
      const ofStudy = /capacity/.test(file) && leads(study, key.split('.'));
      return !(ofStudy || leads(scenario, key.split('.')) || Object.hasOwn(FIGURES, key) || OTHERS.test(key));
    });
    expect(unknown).toEqual([]);
  });

  test('and the check finds one that is not', () => {
    expect(leads(scenario, ['dump', 'writes'])).toBe(true);
    expect(leads(scenario, ['dump', 'filter'])).toBe(false);
    expect('Widen `dump.filter` in the scenario.'.match(KEY)).toEqual(['dump.filter']);
  });

  test('flags of commands', () => {
    const defined = new Set(
      TEXTS.filter(({ file }) => file.startsWith('src/cli/')).flatMap(
        ({ text }) => /^(?:-\w, )?(--[a-z][\w-]*)(?: |$)/.exec(text)?.[1] ?? [],
      ),
    );
    const known = (flag: string) => defined.has(flag) || flag === '--help' || FOREIGN.has(flag);
    const named = TEXTS.flatMap(({ file, text }) =>
      (text.match(/(?<![\w-])--[a-z][\w-]*/g) ?? []).map((flag) => ({ file, flag })),
    );
    expect(named.filter(({ flag }) => !known(flag))).toEqual([]);
  });
});

/** Of programs that are not ours. */
const FOREIGN: ReadonlySet<string> = new Set([
  // git, node, java
  ...['--short', '--porcelain', '--untracked-files', '--import', '--expose-gc', '--no-expose-gc'],
  ...['--heap-growing-percent', '--semi-space-growth-factor', '--enable-native-access'],
  '--sun-misc-unsafe-memory-access',
  // trino and mysql, in what is said of dumps
  ...['--batch', '--output-format', '--skip-column-names'],
  // between our own processes
  '--exit-with-stdin',
]);
