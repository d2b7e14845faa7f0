// Whether the recorded facts of the Java gateway are still what it says: asks the gateway's own class. `vitest -u` writes
// the record anew.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { installJavaGateway } from '../../src/fleet/install/java-gateway-install.ts';
import { runTool } from '../../src/fleet/install/tool.ts';
import { type Case, type Facts, type JavaFacts, readCases } from '../gateway/sql/cases.ts';

type Said = Facts & { readonly errorMessage: string | null; readonly body: string };

function recorded(one: Case, said: Said | { thrown: string }): JavaFacts {
  if ('thrown' in said) return said;
  const sorted = (names: readonly string[]) => names.toSorted();
  return {
    queryType: said.queryType,
    resourceGroupQueryType: said.resourceGroupQueryType,
    tables: sorted(said.tables),
    catalogs: sorted(said.catalogs),
    schemas: sorted(said.schemas),
    catalogSchemas: sorted(said.catalogSchemas),
    isNewQuerySubmission: said.isNewQuerySubmission,
    isQueryParsingSuccessful: said.isQueryParsingSuccessful,
    queryId: said.queryId,
    errorMessage: said.errorMessage,
    ...(said.body === one.sql ? {} : { body: said.body }),
  };
}

test('the Java gateway says what is recorded of it', async () => {
  const { jar, java } = await installJavaGateway();
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-sql-facts-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const cases = readCases();
  writeFileSync(join(dir, 'cases.json'), JSON.stringify(cases));
  const program = join(projectRoot, 'test/real/SqlFacts.java');
  const run = await runTool(java.command, ['-cp', jar, program, 'cases.json', 'facts.json'], { cwd: dir });
  expect(run.code, run.output).toBe(0);
  const said = JSON.parse(readFileSync(join(dir, 'facts.json'), 'utf8'));
  const lines = cases.map((one) => JSON.stringify({ name: one.name, ...recorded(one, said[one.name]) }));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../gateway/sql/java-gateway-21.ndjson');
});
