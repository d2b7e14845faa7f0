// The table of errors in the documentation is what the judge goes by.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { errorKind } from '../../src/trino/error-kinds.ts';

const page = readFileSync(join(projectRoot, 'docs/ledger.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \|$/gm)].map(([, name = '', kind = '']) => [
  name,
  kind,
]);

test('the table is there', () => expect(rows.length).toBeGreaterThan(20));

test.each(rows)('%s is blamed on: %s', (name, kind) => {
  expect(errorKind(name, '')).toBe(kind);
});
