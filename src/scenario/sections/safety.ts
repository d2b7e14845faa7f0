/** `safety`: what a run may send, and where to. */
import { z } from 'zod';
import { textMatch } from './expect.ts';

const action = z
  .enum(['run', 'explain', 'validate', 'redirect', 'skip', 'refuse'])
  .describe(
    '`run`: as it is; `explain`: as EXPLAIN; `validate`: as EXPLAIN (TYPE VALIDATE); `redirect`: with its names moved by safety.redirect; `skip`: not sent, and counted; `refuse`: the run does not start',
  );

const KINDS = [
  'select',
  'show',
  'explain',
  'session',
  'transaction',
  'insert',
  'update',
  'delete',
  'merge',
  'ddl',
  'call',
  'execute',
  'table-function',
  'unknown',
] as const;

const kind = z.enum(KINDS);

const rule = z.strictObject({
  when: z
    .strictObject({
      kind: z.array(kind).optional().describe('one of these kinds'),
      source: textMatch.optional(),
      user: textMatch.optional(),
      sql: textMatch.optional().describe('the text of the statement, or the one that an EXECUTE runs'),
      catalog: z
        .string()
        .optional()
        .describe(
          'it may reach this catalog, or nobody can tell that it does not; for `do: run` all that it names surely lies in it',
        ),
    })
    .describe('all must hold'),
  do: action,
});

const mapping = z.record(z.string().min(1), z.string().min(1)).default({});

export const safety = z.strictObject({
  allowHosts: z.array(z.string()).default([]).describe('hosts beside loopback that may get load'),
  statements: z
    .partialRecord(kind, action)
    .default({})
    .describe(
      'by statement kind; without an entry, kinds that only read run, and the others follow dump.writes. `execute` is an EXECUTE whose text is not known, `unknown` what cannot be read',
    ),
  rules: z.array(rule).default([]).describe('the first that holds decides, before safety.statements'),
  readOnlyFunctions: z
    .array(z.string())
    .default([])
    .describe('table functions (`catalog.schema.name`) that are known to only read'),
  redirect: z
    .strictObject({
      catalogs: mapping.describe('catalog → catalog of the sandbox'),
      schemas: mapping.describe('`catalog.schema` → `catalog.schema` of the sandbox; wins over catalogs'),
    })
    .prefault({}),
});
