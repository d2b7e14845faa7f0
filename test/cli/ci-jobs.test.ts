// The jobs that the docs offer call commands and options that there are, and name files that a run leaves.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
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

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
}

interface GitlabJob {
  readonly script: readonly string[];
  readonly after_script: readonly string[];
}

/** A folder where `npx` only writes down what it was asked for, and ends with the number given for a run. */
function workplace(exit: number): { readonly dir: string; readonly asked: () => readonly string[] } {
  const dir = mkdtempSync(join(tmpdir(), 'ci-job-'));
  mkdirSync(join(dir, 'baselines'));
  mkdirSync(join(dir, 'reports', 'latest'), { recursive: true });
  writeFileSync(join(dir, 'baselines', 'main.json'), '{}');
  const log = join(dir, 'asked');
  writeFileSync(log, '');
  const npx = `#!/bin/sh\necho "$*" >> '${log}'\ncase "$*" in "rehearse run"*) exit ${exit};; esac\n`;
  writeFileSync(join(dir, 'npx'), npx, { mode: 0o755 });
  writeFileSync(join(dir, 'npm'), '#!/bin/sh\n', { mode: 0o755 });
  return { dir, asked: () => readFileSync(log, 'utf8').trim().split('\n') };
}

/** Runs lines as a job's shell does: the first that fails ends them. */
function shell(dir: string, lines: readonly string[], env: Readonly<Record<string, string>>): number | null {
  const path = `${dir}${delimiter}${process.env.PATH ?? ''}`;
  const file = join(dir, 'summary');
  return spawnSync('bash', ['-ec', lines.join('\n')], {
    ...{ cwd: dir, env: { ...env, PATH: path, GITHUB_STEP_SUMMARY: file } },
  }).status;
}

describe.each([0, 4, 5, 6])('a run that ends with %i', (exit) => {
  const saved = (asked: readonly string[]) =>
    asked.filter((line) => line.startsWith('rehearse baseline save'));

  test.each(['main', 'change'])('on GitLab is red unless 0, and kept only of main (branch %s)', (branch) => {
    const yaml = parse(read('examples/ci/gitlab-ci.yml')) as { rehearse: GitlabJob & object };
    const { script, after_script: after } = yaml.rehearse;
    expect(Object.keys(yaml.rehearse)).not.toContain('allow_failure');
    const place = workplace(exit);
    expect(shell(place.dir, script, {})).toBe(exit);
    const env = { CI_JOB_STATUS: exit === 0 ? 'success' : 'failed', CI_COMMIT_BRANCH: branch };
    shell(place.dir, after, { ...env, CI_DEFAULT_BRANCH: 'main' });
    expect(saved(place.asked())).toHaveLength(exit === 0 && branch === 'main' ? 1 : 0);
    expect(place.asked().some((line) => line.startsWith('rehearse compare main'))).toBe(true);
  });

  test('on GitHub is red unless 0; what keeps it runs after success alone', () => {
    const yaml = parse(read('examples/ci/github-actions.yml')) as { jobs: { rehearse: { steps: Step[] } } };
    const { steps } = yaml.jobs.rehearse;
    expect(steps.flatMap((step) => Object.keys(step))).not.toContain('continue-on-error');
    const place = workplace(exit);
    const run = steps.find((step) => step.name === 'Rehearse');
    expect(shell(place.dir, [run?.run ?? ''], {})).toBe(exit);
    const keeping = steps.filter((step) => /baseline save|cache\/save/.test(JSON.stringify(step)));
    expect(keeping.map((step) => step.if)).toEqual([
      "success() && github.ref == 'refs/heads/main'",
      "success() && github.ref == 'refs/heads/main'",
    ]);
  });
});
