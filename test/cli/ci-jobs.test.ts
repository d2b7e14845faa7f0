// The jobs that the docs offer call commands and options that there are, and name files that a run leaves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/base/project.ts';
import { checkCommand } from '../../src/cli/check.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { baselineCommand } from '../../src/cli/results/baseline.ts';
import { compareCommand } from '../../src/cli/results/compare.ts';
import { trendCommand } from '../../src/cli/results/trend.ts';
import { runCommand } from '../../src/cli/run.ts';
import { REPORT_FORMATS } from '../../src/report/index.ts';

const context: CliContext = {
  ...{ out: () => {}, err: () => {}, terminal: false, colour: false, exit: 0 },
  signal: new AbortController().signal,
};
const program = new Command('rehearse');
for (const command of [runCommand, checkCommand, compareCommand, baselineCommand, trendCommand])
  program.addCommand(command(context));

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8');
const JOBS = ['examples/ci/github-actions.yml', 'examples/ci/gitlab-ci.yml'];

/** Commands and flags of each call of rehearse in a text. */
function calls(text: string): { words: string[]; flags: string[] }[] {
  return [...text.matchAll(/npx rehearse ([^\n;&|>`]+)/g)].map(([, line = '']) => ({
    words: line.split(/\s+/).filter((word) => /^[a-z]+$/.test(word)),
    flags: [...line.matchAll(/(--[a-z-]+)/g)].map(([flag]) => flag),
  }));
}

describe.each([...JOBS, 'docs/ci.md'])('%s', (file) => {
  test('calls what there is', () => {
    for (const { words, flags } of calls(read(file))) {
      const command = program.commands.find((c) => c.name() === words[0]);
      expect(command, words.join(' ')).toBeDefined();
      const inner = command?.commands.find((c) => c.name() === words[1]) ?? command;
      const known = inner?.options.map((option) => option.long);
      for (const flag of flags) expect(known, `${words.join(' ')} ${flag}`).toContain(flag);
    }
  });

  test('names files that are written', () => {
    const written = new Set([...Object.keys(REPORT_FORMATS), 'summary.json', 'verdict.json']);
    const named = [...read(file).matchAll(/reports\/latest\/([\w.]+\.\w+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !written.has(name))).toEqual([]);
  });
});

test('both jobs are YAML that runs the scenario of the docs', () => {
  for (const file of JOBS) {
    expect(() => parse(read(file))).not.toThrow();
    expect(calls(read(file))[0]?.words.slice(0, 1)).toEqual(['run']);
    expect(read(file)).toContain('scenarios/ci.yaml');
  }
});
