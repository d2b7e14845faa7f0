/** Described requests with the group that each is expected to go to: what `rehearse rules test` checks. */
import { z } from 'zod';
import { type Problem, ProblemsError } from '../../src/base/errors.ts';
import {
  parseYaml,
  readText,
  readYaml,
  schemaProblems,
  valueAt,
  type YamlSource,
} from '../../src/base/yaml.ts';

const headerValue = z.union([z.string(), z.array(z.string())]);

export const describedRequest = z.strictObject({
  method: z.string().default('POST'),
  path: z
    .string()
    .startsWith('/', 'expected a path that begins with /')
    .default('/v1/statement')
    .describe('with its query string'),
  headers: z.record(z.string(), headerValue).default({}),
  body: z.string().default('').describe('the statement'),
  user: z.string().optional().describe('short for the header X-Trino-User'),
  address: z.string().default('127.0.0.1').describe('address of the client'),
});

export type DescribedRequest = z.output<typeof describedRequest>;

const ruleCase = z.strictObject({
  name: z.string().optional(),
  request: describedRequest.prefault({}),
  expectGroup: z
    .string('expected the group, or null where no rule is to name one')
    .nullable()
    .describe('null: no rule names a group'),
  expectError: z
    .boolean('expected true or false: whether a rule has to be skipped because it fails')
    .optional()
    .describe('a rule is skipped because it fails; either way when missing'),
});

export type RuleCase = z.output<typeof ruleCase>;

const EXAMPLE = '[{"request": {"user": "ann", "body": "SELECT 1"}, "expectGroup": "bi"}]';

/**
 * Reads a file of cases, JSON or YAML. Throws `FILE_MISSING` or a `ProblemsError`: each problem with its place, and the
 * index and the field of its case.
 */
export function readCases(file: string): RuleCase[] {
  const source = parseYaml(readText(file, 'Cases file'), file);
  const { data } = source;
  if (!Array.isArray(data) || data.length === 0) {
    const hint = data instanceof Object && 'condition' in data ? '; these are rules: --rules takes them' : '';
    const message = `expected a list of cases, such as ${EXAMPLE}${hint}`;
    throw new ProblemsError(file, [source.problemAt([], message)]);
  }
  const parsed = data.map((item) => ruleCase.safeParse(item));
  const problems = parsed.flatMap(({ error }, index) => caseProblems(source, index, error));
  if (problems.length > 0) throw new ProblemsError(file, problems);
  return parsed.flatMap(({ data: one }) => (one === undefined ? [] : [one]));
}

function caseProblems(source: YamlSource, index: number, error: z.ZodError | undefined): Problem[] {
  if (error === undefined) return [];
  const item = valueAt(source.data, [index]);
  if (item instanceof Object && 'condition' in item)
    return [
      source.problemAt([index], `case ${index}: this is a rule, and no case: --rules takes files of rules`),
    ];
  const inCase: YamlSource = { ...source, nameOf: ([, ...path]) => path.join('.') || 'the case' };
  return schemaProblems(inCase, ruleCase, error, [index]).map((problem) => ({
    ...problem,
    message: `case ${index}: ${problem.message}`,
  }));
}

/** Reads one described request. Throws as `readCases` does. */
export function readRequest(file: string): DescribedRequest {
  return readYaml(parseYaml(readText(file, 'Request file'), file), describedRequest);
}
