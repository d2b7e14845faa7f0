/** What a timeline says of the clusters and of the gateway: names, groups, zones, and what a driver cannot do. */
import type { Problem } from '../base/errors.ts';
import { suggestion } from '../base/suggest.ts';
import { parseDurationMs } from '../base/units.ts';
import type { Path, YamlSource } from '../base/yaml.ts';
import { FAULTS, type FaultEntry } from './sections/timeline/index.ts';
import { at, CLUSTERS, type Entry, entriesOf, groupsByCluster, textAt } from './source.ts';

export function timelineProblems(source: YamlSource): Problem[] {
  let latest = 0;
  return entriesOf(source, ['timeline']).flatMap(([i, action]) => {
    const path: Path = ['timeline', i];
    const problems: Problem[] = [];
    const atMs = parseDurationMs(String(action.at)) ?? latest;
    if (atMs < latest)
      problems.push(source.problemAt([...path, 'at'], `timeline.${i}.at is before the action above it`));
    latest = Math.max(latest, atMs);
    const repeated = entriesOf(source, [...path, 'repeat', 'actions']).map(([n, deed]) => ({
      deed,
      path: [...path, 'repeat', 'actions', n],
    }));
    const deeds = [{ deed: action, path }, ...repeated];
    return [...problems, ...deeds.flatMap(({ deed, path: of }) => deedProblems(source, of, deed))];
  });
}

/** Keys that name clusters, by the deed that has them. */
const CLUSTER_KEYS: readonly (readonly string[])[] = [
  ['roll', 'from'],
  ['roll', 'to'],
  ['canary', 'from'],
  ['canary', 'to'],
  ['restart', 'cluster'],
  ['reconfigure', 'cluster'],
  ['kill', 'cluster'],
  ['start', 'cluster'],
  ['fault', 'cluster'],
];

const CLUSTER_LISTS: readonly (readonly string[])[] = [
  ['loseZone', 'standbys'],
  ['chaos', 'clusters'],
];

function deedProblems(source: YamlSource, path: Path, deed: Entry): Problem[] {
  const groups = groupsByCluster(source);
  const keys = CLUSTER_KEYS.map((key) => [...path, ...key]);
  const listed = CLUSTER_LISTS.flatMap((key) => {
    const list = at(source, [...path, ...key]);
    return Array.isArray(list) ? list.map((_, n) => [...path, ...key, n]) : [];
  });
  const names = [...keys, ...listed].flatMap((place) => {
    const name = textAt(source, place);
    return name === undefined ? [] : clusterNameProblems(source, place, name, groups);
  });
  return [
    ...names,
    ...sameClusterProblems(source, path, deed),
    ...groupProblems(source, path, groups),
    ...faultProblems(source, path, deed),
    ...gatewayNeeds(source, path, deed),
  ];
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

function sameClusterProblems(source: YamlSource, path: Path, deed: Entry): Problem[] {
  return ['roll', 'canary'].flatMap((key) => {
    const { from, to } = (deed[key] ?? {}) as Entry;
    if (from === undefined || from !== to) return [];
    return [source.problemAt([...path, key, 'to'], 'a roll goes from one cluster to another one')];
  });
}

function groupProblems(source: YamlSource, path: Path, groups: Map<string, unknown>): Problem[] {
  const place = [...path, 'activeActive', 'group'];
  const group = textAt(source, place);
  const known = [...new Set(groups.values())].map(String);
  const inGroup = group === undefined || known.includes(group);
  const wrongGroup = inGroup
    ? []
    : [source.problemAt(place, `no cluster is in group "${group}"${suggestion(group, known)}`)];
  const zonePlace = [...path, 'loseZone', 'zone'];
  const zone = textAt(source, zonePlace);
  const zones = [...new Set(entriesOf(source, CLUSTERS).map(([, c]) => String(c.zone ?? '')))];
  const inZone = zone === undefined || zones.includes(zone);
  return inZone
    ? wrongGroup
    : [
        ...wrongGroup,
        source.problemAt(zonePlace, `no cluster is in zone "${zone}"${suggestion(zone, zones)}`),
      ];
}

/** A fault with its place: the one of a deed, and those that chaos draws from. */
function faultsOf(source: YamlSource, path: Path, deed: Entry): [Path, Entry][] {
  const own: [Path, Entry][] =
    typeof deed.fault === 'object' && deed.fault !== null ? [[[...path, 'fault'], deed.fault as Entry]] : [];
  const drawn = entriesOf(source, [...path, 'chaos', 'faults']).map(([n, fault]): [Path, Entry] => [
    [...path, 'chaos', 'faults', n],
    fault,
  ]);
  return [...own, ...drawn];
}

function faultProblems(source: YamlSource, path: Path, deed: Entry): Problem[] {
  return faultsOf(source, path, deed).flatMap(([place, fault]) => {
    const type = String(fault.type);
    if (!Object.hasOwn(FAULTS, type)) return [];
    const entry: FaultEntry = FAULTS[type as keyof typeof FAULTS];
    const drawn = place.includes('chaos');
    const named = drawn
      ? at(source, [...path, 'chaos', 'clusters']) !== undefined
      : fault.cluster !== undefined;
    const missing = (entry.needs ?? []).filter((key) => fault[key] === undefined);
    const wants = [
      ...missing,
      ...targetWants(entry.on, named, drawn),
      ...driverWants(source, entry.on),
      ...storeWants(source, type),
    ];
    return wants.map((want) => source.problemAt(place, `${place.join('.')}: fault "${type}" needs ${want}`));
  });
}

function targetWants(on: FaultEntry['on'], named: boolean, drawn: boolean): string[] {
  const ofGateway = on === 'gateway' || on === 'store';
  if (ofGateway) return named && !drawn ? ['no cluster'] : [];
  return named ? [] : [drawn ? 'chaos.clusters' : 'cluster'];
}

/** A SQLite file has nobody who could be away; a database server has no file that could be locked. */
function storeWants(source: YamlSource, type: string): string[] {
  const hasServer = at(source, ['gateway', 'config', 'dataStore', 'jdbcUrl']) !== undefined;
  if (type === 'store-down' && !hasServer) return ['gateway.config.dataStore.jdbcUrl'];
  const ofFile = type === 'store-read-only' || type === 'store-full';
  return ofFile && hasServer ? ['a SQLite store'] : [];
}

function driverWants(source: YamlSource, on: FaultEntry['on']): string[] {
  const fleet = String(at(source, ['fleet', 'driver']) ?? 'stub');
  const gateway = String(at(source, ['gateway', 'driver']) ?? 'bundled');
  if ((on === 'gateway' || on === 'store') && gateway !== 'bundled') return ['gateway.driver "bundled"'];
  if (on === 'stub' && fleet !== 'stub') return ['fleet.driver "stub"'];
  return on === 'process' && fleet !== 'stub' && fleet !== 'trino'
    ? ['clusters that run on this machine']
    : [];
}

const ROLLS = ['roll', 'canary', 'restart', 'activeActive', 'reconfigure'];

function gatewayNeeds(source: YamlSource, path: Path, deed: Entry): Problem[] {
  const driver = String(at(source, ['gateway', 'driver']) ?? 'bundled');
  const problem = (key: string, message: string) => source.problemAt([...path, key], message);
  const problems: Problem[] = [];
  if (driver === 'none' || driver === 'proxy')
    for (const key of [...ROLLS, 'loseZone'])
      if (deed[key] !== undefined)
        problems.push(
          problem(key, `a roll needs a gateway with an admin API; gateway.driver is "${driver}"`),
        );
  if (driver !== 'bundled' && deed.restartGateway !== undefined)
    problems.push(problem('restartGateway', 'restartGateway needs gateway.driver "bundled"'));
  if (driver === 'java' && deed.canary !== undefined)
    problems.push(problem('canary', 'a canary needs shares, which the Java gateway does not have'));
  return problems;
}
