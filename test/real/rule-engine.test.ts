// Whether the Java gateway's own rules engine, with MVEL in it, still says what the tables of rules have recorded of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { installJavaGateway } from '../../src/fleet/install/java-gateway-install.ts';
import { runTool } from '../../src/fleet/install/tool.ts';

interface Answers {
  readonly cases: readonly { readonly group?: string | null; readonly error?: string }[];
  readonly expressions: readonly {
    readonly value?: string;
    readonly result?: string;
    readonly state?: string;
    readonly error?: string;
  }[];
}

interface RecordedCase {
  readonly name: string;
  readonly expectGroup: string | null;
  readonly expectError?: boolean;
}

interface RecordedExpression {
  readonly expression?: string;
  readonly action?: string;
  readonly value?: string;
  readonly result?: string;
  readonly state?: string;
  readonly throws?: true;
  readonly localVariable?: true;
}

const folder = join(projectRoot, 'test/gateway/rules');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;

test('the Java gateway answers as recorded', async () => {
  const { jar, java } = await installJavaGateway();
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-rules-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const program = join(projectRoot, 'test/real/RuleReferee.java');
  const inputs = ['constructs.yaml', 'constructs.json', 'mvel-cases.json'].map((name) => join(folder, name));
  const run = await runTool(java.command, ['-cp', jar, program, ...inputs, 'answers.json'], { cwd: dir });
  expect(run.code, run.output).toBe(0);
  const { cases, expressions } = JSON.parse(readFileSync(join(dir, 'answers.json'), 'utf8')) as Answers;

  const recordedCases = read<RecordedCase[]>('constructs.json');
  expect(cases).toHaveLength(recordedCases.length);
  for (const [i, { name, expectGroup, expectError }] of recordedCases.entries()) {
    const answer = cases[i];
    const said = { name, group: answer?.group ?? null, failed: answer?.error !== undefined };
    expect(said).toEqual({ name, group: expectGroup, failed: expectError === true });
  }

  const recorded = read<RecordedExpression[]>('mvel-cases.json');
  expect(expressions).toHaveLength(recorded.length);
  for (const [i, one] of recorded.entries()) expect(saidOf(one, expressions[i] ?? {})).toEqual(one);
});

/** An answer in the form of its record. */
function saidOf(one: RecordedExpression, answer: Answers['expressions'][number]): object {
  const { value, result, state, error } = answer;
  if (one.expression !== undefined) {
    return error === undefined ? { ...one, value } : { expression: one.expression, throws: true };
  }
  // An action that assigns a variable puts its group and fails after that.
  const assigned = error?.includes('UnsupportedOperationException') === true;
  if (error !== undefined && !assigned) return { action: one.action, throws: true };
  return { action: one.action, result, state, ...(assigned ? { localVariable: true } : {}) };
}
