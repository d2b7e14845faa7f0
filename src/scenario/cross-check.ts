/**
 * What the parts of a scenario say of each other. The checks read the data as written, not as parsed, so that
 * they also speak when the shape is wrong elsewhere: all problems come at once.
 */
import { gatewaySchema } from '../../gateway/config/schema.ts';
import type { Problem } from '../base/errors.ts';
import { suggestion } from '../base/suggest.ts';
import { parseDurationMs } from '../base/units.ts';
import { type Path, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { parseGate } from '../gates/parse.ts';

type Entry = Readonly<Record<string, unknown>>;

/** All contradictions, in no order. */
export function crossProblems(source: YamlSource): Problem[] {
  const checks = [
    clusterProblems,
    timelineProblems,
    expectProblems,
    gatewayProblems,
    configProblems,
    gateProblems,
  ];
  return checks.flatMap((check) => check(source));
}

function at(source: YamlSource, path: Path): unknown {
  return path.reduce<unknown>(
    (here, key) => (here as Record<string | number, unknown> | undefined)?.[key],
    source.data,
  );
}

function entriesOf(source: YamlSource, path: Path): [number, Entry][] {
  const list = at(source, path);
  if (!Array.isArray(list)) return [];
  return [...list.entries()].filter(
    (pair): pair is [number, Entry] => typeof pair[1] === 'object' && pair[1] !== null,
  );
}

function textAt(source: YamlSource, path: Path): string | undefined {
  const value = at(source, path);
  return typeof value === 'string' ? value : undefined;
}

const CLUSTERS = ['fleet', 'clusters'] as const;

function clusterProblems(source: YamlSource): Problem[] {
  const names = new Set<unknown>();
  const ports = new Map<unknown, unknown>();
  return entriesOf(source, CLUSTERS).flatMap(([i, cluster]) => {
    const problems: Problem[] = [];
    if (cluster.name !== undefined && names.has(cluster.name))
      problems.push(
        source.problemAt([...CLUSTERS, i, 'name'], `cluster "${cluster.name}" is declared twice`),
      );
    const holder = cluster.port === undefined || cluster.port === 0 ? undefined : ports.get(cluster.port);
    if (holder !== undefined)
      problems.push(
        source.problemAt([...CLUSTERS, i, 'port'], `port ${cluster.port} is also that of "${holder}"`),
      );
    names.add(cluster.name);
    ports.set(cluster.port, cluster.name);
    return problems;
  });
}

function groupsByCluster(source: YamlSource): Map<string, unknown> {
  return new Map(entriesOf(source, CLUSTERS).map(([, c]) => [String(c.name), c.group]));
}

const CLUSTER_KEYS: readonly (readonly [string, string])[] = [
  ['roll', 'from'],
  ['roll', 'to'],
  ['kill', 'cluster'],
  ['start', 'cluster'],
];

function timelineProblems(source: YamlSource): Problem[] {
  const groups = groupsByCluster(source);
  let latest = 0;
  return entriesOf(source, ['timeline']).flatMap(([i, action]) => {
    const problems: Problem[] = [];
    const atMs = parseDurationMs(String(action.at)) ?? latest;
    if (atMs < latest)
      problems.push(
        source.problemAt(['timeline', i, 'at'], `timeline.${i}.at is before the action above it`),
      );
    latest = Math.max(latest, atMs);
    for (const [kind, key] of CLUSTER_KEYS) {
      const path = ['timeline', i, kind, key];
      const name = textAt(source, path);
      if (name !== undefined) problems.push(...clusterNameProblems(source, path, name, groups));
    }
    const { from, to } = (action.roll ?? {}) as Entry;
    if (from !== undefined && from === to)
      problems.push(
        source.problemAt(['timeline', i, 'roll', 'to'], 'a roll goes from one cluster to another one'),
      );
    return problems;
  });
}

function clusterNameProblems(
  source: YamlSource,
  path: Path,
  name: string,
  groups: Map<string, unknown>,
): Problem[] {
  if (!groups.has(name)) {
    const message = `${path.join('.')}: no cluster "${name}" in fleet.clusters`;
    return [source.problemAt(path, `${message}${suggestion(name, [...groups.keys()])}`)];
  }
  const wanted = textAt(source, [...path.slice(0, -1), 'group']);
  if (wanted === undefined || wanted === groups.get(name)) return [];
  return [source.problemAt(path, `cluster "${name}" is in group "${groups.get(name)}", not in "${wanted}"`)];
}

function expectProblems(source: YamlSource): Problem[] {
  const groups = [...new Set(groupsByCluster(source).values())].filter((g) => typeof g === 'string');
  return entriesOf(source, ['expect']).flatMap(([i, expectation]) => {
    const path = ['expect', i];
    const problems: Problem[] = [];
    const { group } = expectation;
    if ((group === undefined) === (expectation.recorded === undefined))
      problems.push(source.problemAt(path, `expect.${i}: expected exactly one of group and recorded`));
    if (typeof group === 'string' && !groups.includes(group))
      problems.push(
        source.problemAt([...path, 'group'], `no cluster is in group "${group}"${suggestion(group, groups)}`),
      );
    for (const key of ['source', 'user']) {
      const place = [...path, 'when', key, 'matches'];
      const broken = regexProblem(textAt(source, place));
      if (broken !== undefined) problems.push(source.problemAt(place, `${place.join('.')}: ${broken}`));
    }
    return problems;
  });
}

function regexProblem(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function gatewayProblems(source: YamlSource): Problem[] {
  const driver = at(source, ['gateway', 'driver']) ?? 'bundled';
  const url = at(source, ['gateway', 'url']);
  const problems: Problem[] = [];
  const problem = (path: Path, message: string) => problems.push(source.problemAt(path, message));
  if (driver === 'url' && url === undefined) problem(['gateway'], 'gateway.driver "url" needs gateway.url');
  if (driver !== 'url' && url !== undefined)
    problem(['gateway', 'url'], 'gateway.url is only for driver "url"');
  if (at(source, ['baseline', 'through']) === 'gateway' && driver !== 'bundled')
    problem(['baseline', 'through'], 'baseline.through "gateway" needs gateway.driver "bundled"');
  if (at(source, ['load', 'duration']) !== undefined && at(source, ['load', 'model']) !== 'closed')
    problem(['load', 'duration'], 'load.duration is only for model "closed"');
  if (driver === 'none')
    for (const [i, action] of entriesOf(source, ['timeline']))
      if (action.roll !== undefined)
        problem(['timeline', i, 'roll'], 'a roll needs a gateway; gateway.driver is "none"');
  return problems;
}

/** The parts of the gateway's own configuration that a run fills in itself. */
const FILLED_IN = { backends: true } as const;
const gatewayPart = gatewaySchema.omit(FILLED_IN).partial();

function configProblems(source: YamlSource): Problem[] {
  return [
    ['gateway', 'config'],
    ['baseline', 'config'],
  ].flatMap((path) => {
    const value = at(source, path);
    if (typeof value !== 'object' || value === null) return [];
    const parsed = gatewayPart.safeParse(value);
    return parsed.success ? [] : schemaProblems(source, gatewayPart, parsed.error, path);
  });
}

function gateProblems(source: YamlSource): Problem[] {
  const gates = at(source, ['gates']);
  if (!Array.isArray(gates)) return [];
  return gates.flatMap((text: unknown, i) => {
    const parsed = typeof text === 'string' ? parseGate(text) : undefined;
    return parsed && 'problem' in parsed
      ? [source.problemAt(['gates', i], `gates.${i}: ${parsed.problem}`)]
      : [];
  });
}
