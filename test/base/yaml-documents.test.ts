// Nesting is bounded before anything walks a text, whatever builds it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../gateway/rules/rules-file.ts';
import { readCases, readRequest } from '../../gateway/try-rules.ts';
import { ProblemsError } from '../../src/base/errors.ts';
import { parseYaml } from '../../src/base/yaml.ts';
import { MOST_LEVELS, yamlDocuments } from '../../src/base/yaml-documents.ts';
import { loadStudy } from '../../src/capacity/study/load.ts';
import { loadScenario, readOverride } from '../../src/scenario/load.ts';
import { temporaryFolder } from '../cli/harness.ts';

const DEEP = 10_000;
const TEXTS: Readonly<Record<string, string>> = {
  'lists in brackets': '['.repeat(DEEP) + ']'.repeat(DEEP),
  'brackets that never close': '['.repeat(DEEP),
  'maps in braces': `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`,
  dashes: `${'- '.repeat(DEEP)}x`,
  'keys that are maps': '? '.repeat(DEEP),
  indentation: Array.from({ length: 1_000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
};

test('many keys are read in a moment, and told once where they are unknown or twice', () => {
  const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`);
  expect(yamlDocuments(keys.join('\n')).problems).toEqual([]);
  expect(yamlDocuments([...keys, 'k7: 2'].join('\n')).problems).toEqual([
    { offset: keys.join('\n').length + 1, message: expect.stringContaining('a second time') },
  ]);
  const file = join(temporaryFolder(), 'keys.yaml');
  writeFileSync(file, keys.join('\n'));
  expect(() => loadStudy(file)).toThrow('99980 more unknown keys');
});

test('a text of more than 4 MB is refused before it is read', () => {
  expect(yamlDocuments(`a: ${'x'.repeat(5 * 1024 ** 2)}`).problems).toEqual([
    { offset: 0, message: 'the file is longer than 4 MB' },
  ]);
});

describe('a text that nests too deep', () => {
  test.each(Object.entries(TEXTS))('%s', (_, text) => {
    const { documents, problems } = yamlDocuments(text);
    expect(documents).toEqual([]);
    expect(problems).toEqual([
      { offset: expect.any(Number), message: expect.stringContaining('levels deep') },
    ]);
  });

  test('as deep as allowed is read, one more is not', () => {
    const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(yamlDocuments(lists(MOST_LEVELS)).problems).toEqual([]);
    expect(parseYaml(lists(MOST_LEVELS), 'a.yaml').isEmpty).toBe(false);
    expect(() => parseYaml(lists(MOST_LEVELS + 1), 'a.yaml')).toThrow(`a.yaml:1:${MOST_LEVELS + 1}: `);
  });

  const readers: Readonly<Record<string, (file: string) => unknown>> = {
    scenario: (file) => loadScenario(file),
    study: (file) => loadStudy(file),
    rules: (file) => loadRules(file, { analyzeRequest: true }),
    cases: readCases,
    request: readRequest,
  };
  test.each(Object.entries(readers))('is a problem of the file with its place: %s', (_, read) => {
    const file = join(temporaryFolder(), 'deep.yaml');
    writeFileSync(file, TEXTS['lists in brackets'] ?? '');
    expect(() => read(file)).toThrow(ProblemsError);
    expect(() => read(file)).toThrow(
      `deep.yaml:1:${MOST_LEVELS + 1}: lists and maps stand inside each other`,
    );
  });

  test('is a mistake of --set', () => {
    expect(() => readOverride(`seed=${TEXTS['lists in brackets']}`)).toThrow(
      /^--set seed=\[{95}…: the value is not YAML: lists and maps stand inside each other/,
    );
  });
});

test('of many mistakes the first twenty are told', () => {
  expect(yamlDocuments(']'.repeat(1_000)).problems).toHaveLength(20);
});
