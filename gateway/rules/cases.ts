/** Described requests with the group that each is expected to go to: what `rehearse rules test` checks. */
import { z } from 'zod';
import { parseYaml, readText, readYaml } from '../../src/base/yaml.ts';

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

const cases = z.array(
  z.strictObject({
    name: z.string().optional(),
    request: describedRequest.prefault({}),
    expectGroup: z.string().nullable().describe('null: no rule names a group'),
    expectError: z
      .boolean()
      .optional()
      .describe('a rule is skipped because it fails; either way when missing'),
  }),
);

export type RuleCase = z.output<typeof cases>[number];

/** Reads a file of cases, JSON or YAML. Throws `FILE_MISSING` or a `ProblemsError` with places. */
export function readCases(file: string): RuleCase[] {
  return readYaml(parseYaml(readText(file, 'Cases file'), file), cases);
}

/** Reads one described request. Throws as `readCases` does. */
export function readRequest(file: string): DescribedRequest {
  return readYaml(parseYaml(readText(file, 'Request file'), file), describedRequest);
}
