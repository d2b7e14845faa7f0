/** Everything that can be known, checked and refused before the first process is started. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { failure, type Problem, ProblemsError } from '../base/errors.ts';
import { type Path, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { readDump } from '../dump/read.ts';
import type { DumpRecord } from '../dump/record.ts';
import { unwatched, type Watching } from '../dump/watch.ts';
import { CLUSTER_DRIVERS } from '../fleet/clusters/drivers.ts';
import type { DumpReading } from '../measure/record/run-info.ts';
import type { Plan } from '../plan/plan.ts';
import { readAndPlan } from '../plan/read.ts';
import { contactRule } from '../plan/safety/contact.ts';
import type { Access } from '../replay/access.ts';
import { gatesBeyondPlan } from '../scenario/gates-check.ts';
import { type LoadedScenario, loadScenario } from '../scenario/load.ts';
import type { Scenario } from '../scenario/schema.ts';
import { expectedResult } from '../stub/index.ts';
import { readAccess } from './access.ts';

export interface Prepared extends LoadedScenario {
  readonly records: readonly DumpRecord[];
  readonly reading: DumpReading;
  readonly plan: Plan;
  readonly simulated: boolean;
  readonly access: Access;
}

/** Loads the scenario, reads the dump and builds the plan, watched in this. Throws what is wrong with the input, all at once. */
export async function prepareRun(
  file: string,
  overrides: readonly string[],
  signal: AbortSignal,
  watching: Watching = unwatched,
): Promise<Prepared> {
  const loaded = loadScenario(file, overrides, (source) => [
    ...driverProblems(source),
    ...rulesProblems(source),
  ]);
  const { scenario, dir } = loaded;
  refuseForeignHosts(loaded);
  const access = readAccess(scenario, dir);
  const files = scenario.dump.files.map((name) => relative(process.cwd(), resolve(dir, name)) || '.');
  const { sample, seed } = { sample: scenario.dump.sample, seed: scenario.seed };
  const { simulated } = CLUSTER_DRIVERS[scenario.fleet.driver];
  const { records, reading, plan } = await watching(async (watch) => {
    const dump = await readDump(files, { ...scenario.dump, signal, watch }, { sample, seed });
    const plan = await readAndPlan(dump.records, scenario, {
      expectedResult: simulated ? expectedResult : undefined,
      ...{ signal, watch },
    });
    return { ...dump, plan };
  });
  if (plan.queries.length === 0) {
    const reasons = plan.skipped.map((s) => `${s.reason} (${s.count})`).join(', ');
    throw failure('PLAN_EMPTY', { reason: reasons === '' ? 'the dump has no query' : reasons });
  }
  const beyond = gatesBeyondPlan(loaded.source, scenario, mostQueries(scenario, plan));
  if (beyond.length > 0) throw new ProblemsError(file, beyond);
  return { ...loaded, records, reading, plan, simulated, access };
}

/** How many queries of the gateway's arm there can be; undefined where the plan begins again until something else ends. */
export function mostQueries(
  { load, timeline }: Scenario,
  { byArm }: Pick<Plan, 'byArm'>,
): number | undefined {
  if (load.queries !== undefined) return load.queries;
  const repeats = timeline.length > 0 || load.model === 'rate' || load.duration !== undefined;
  return repeats || load.stages.length > 0 ? undefined : byArm.gateway;
}

/** Settings that only the driver of the clusters can check. */
function driverProblems(source: YamlSource): Problem[] {
  const fleet = (source.data as { fleet?: { driver?: unknown; settings?: unknown; clusters?: unknown } })
    .fleet;
  const name = String(fleet?.driver ?? 'stub');
  if (!Object.hasOwn(CLUSTER_DRIVERS, name)) return [];
  const { settings: schema } = CLUSTER_DRIVERS[name as keyof typeof CLUSTER_DRIVERS];
  const check = (value: unknown, part: z.ZodObject, path: Path): Problem[] => {
    if (typeof value !== 'object' || value === null) return [];
    const parsed = part.safeParse(value);
    return parsed.success ? [] : schemaProblems(source, part, parsed.error, path);
  };
  const clusters = Array.isArray(fleet?.clusters) ? (fleet.clusters as { settings?: object }[]) : [];
  const shared = typeof fleet?.settings === 'object' ? fleet.settings : {};
  // What has to be set may stand with the fleet or with the cluster; each alone may leave it out.
  return [
    ...check(fleet?.settings, schema.partial(), ['fleet', 'settings']),
    ...clusters.flatMap((c, i) => {
      const path = ['fleet', 'clusters', i, 'settings'];
      const own = check(c?.settings, schema.partial(), path);
      return own.length > 0 ? own : check({ ...shared, ...c?.settings }, schema, path);
    }),
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
  const mayContact = contactRule(scenario.safety.allowHosts);
  const { url, adminUrl } = scenario.gateway;
  const ofClusters = scenario.fleet.clusters.map((c) => ({ ...scenario.fleet.settings, ...c.settings }).url);
  for (const given of [url, adminUrl, ...ofClusters])
    if (typeof given === 'string' && URL.canParse(given) && !mayContact(new URL(given)))
      throw failure('HOST_NOT_ALLOWED', { url: given });
}
