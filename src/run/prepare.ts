/** Everything that can be known, checked and refused before the first process is started. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { failure, type Problem } from '../base/errors.ts';
import { type Path, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { readDump } from '../dump/read.ts';
import type { DumpRecord } from '../dump/record.ts';
import { CLUSTER_DRIVERS } from '../fleet/drivers.ts';
import type { DumpReading } from '../measure/run-info.ts';
import { buildPlan } from '../plan/build.ts';
import type { Plan } from '../plan/plan.ts';
import { type LoadedScenario, loadScenario } from '../scenario/load.ts';
import { readStatements } from '../sql/reader.ts';
import { readStatement } from '../sql/reading.ts';
import { expectedResult } from '../stub/index.ts';
import { contactRule } from './safety.ts';

export interface Prepared extends LoadedScenario {
  readonly records: readonly DumpRecord[];
  readonly reading: DumpReading;
  readonly plan: Plan;
  readonly simulated: boolean;
}

/** Loads the scenario, reads the dump and builds the plan. Throws what is wrong with the input, all at once. */
export async function prepareRun(
  file: string,
  overrides: readonly string[],
  signal: AbortSignal,
): Promise<Prepared> {
  const loaded = loadScenario(file, overrides, (source) => [
    ...driverProblems(source),
    ...rulesProblems(source),
  ]);
  const { scenario, dir } = loaded;
  refuseForeignHosts(loaded);
  const files = scenario.dump.files.map((name) => relative(process.cwd(), resolve(dir, name)));
  const { format, columns } = scenario.dump;
  const { records, reading } = await readDump(files, { format, columns, signal });
  const { simulated } = CLUSTER_DRIVERS[scenario.fleet.driver];
  const readings = await readStatements(textsOf(records), {
    readOnlyFunctions: scenario.safety.readOnlyFunctions,
    signal,
  });
  const plan = buildPlan(records, scenario, {
    expectedResult: simulated ? expectedResult : undefined,
    // What the policy makes of a statement is not among those of the dump.
    readingOf: (sql) => readings.get(sql) ?? readStatement(sql, scenario.safety.readOnlyFunctions),
  });
  if (plan.queries.length === 0) {
    const reasons = plan.skipped.map((s) => `${s.reason} (${s.count})`).join(', ');
    throw failure('PLAN_EMPTY', { reason: reasons === '' ? 'the dump has no query' : reasons });
  }
  return { ...loaded, records, reading, plan, simulated };
}

/** Every text that may run: the statements, and what they have prepared. */
function textsOf(records: readonly DumpRecord[]): ReadonlySet<string> {
  return new Set(records.flatMap(({ sql, prepared }) => [sql, ...Object.values(prepared)]));
}

/** Settings that only the driver of the clusters can check. */
function driverProblems(source: YamlSource): Problem[] {
  const fleet = (source.data as { fleet?: { driver?: unknown; settings?: unknown; clusters?: unknown } })
    .fleet;
  const name = fleet?.driver ?? 'stub';
  if (name !== 'stub' && name !== 'trino') return [];
  const { settings: schema } = CLUSTER_DRIVERS[name];
  const check = (value: unknown, path: Path): Problem[] => {
    if (typeof value !== 'object' || value === null) return [];
    const parsed = schema.safeParse(value);
    return parsed.success ? [] : schemaProblems(source, schema, parsed.error, path);
  };
  const clusters = Array.isArray(fleet?.clusters) ? (fleet.clusters as { settings?: unknown }[]) : [];
  return [
    ...check(fleet?.settings, ['fleet', 'settings']),
    ...clusters.flatMap((c, i) => check(c?.settings, ['fleet', 'clusters', i, 'settings'])),
  ];
}

/** A rules file that does not exist; what is inside it is the gateway's to judge. */
function rulesProblems(source: YamlSource): Problem[] {
  return ['gateway', 'baseline'].flatMap((key) => {
    const path = [key, 'config', 'routingRules', 'rulesConfigPath'];
    const value = path.reduce<unknown>(
      (here, step) => (here as Record<string, unknown> | null | undefined)?.[step],
      source.data,
    );
    if (typeof value !== 'string' || existsSync(resolve(dirname(source.file), value))) return [];
    return [source.problemAt(path, `${path.join('.')}: no such file "${value}"`)];
  });
}

function refuseForeignHosts({ scenario }: LoadedScenario): void {
  const { url } = scenario.gateway;
  if (url !== undefined && !contactRule(scenario.safety.allowHosts)(new URL(url)))
    throw failure('HOST_NOT_ALLOWED', { url });
}
