/**
 * What the parts of a scenario say of each other. The checks read the data as written, not as parsed, so that
 * they also speak when the shape is wrong elsewhere: all problems come at once.
 */

import { gatewaySchema } from '../../gateway/config/schema.ts';
import type { Problem } from '../base/errors.ts';
import { regexProblem } from '../base/regex.ts';
import { suggestion } from '../base/suggest.ts';
import { parseDurationMs } from '../base/units.ts';
import { type Path, schemaProblems, type YamlSource } from '../base/yaml.ts';
import { parseGate } from '../gates/parse.ts';
import { at, CLUSTERS, entriesOf, groupsByCluster, textAt } from './source.ts';
import { timelineProblems } from './timeline-check.ts';

/** All contradictions, in no order. */
export function crossProblems(source: YamlSource): Problem[] {
  const checks = [
    clusterProblems,
    timelineProblems,
    expectProblems,
    gatewayProblems,
    loadProblems,
    driverProblems,
    threadProblems,
    measuredProblems,
    accessProblems,
    configProblems,
    gateProblems,
  ];
  return checks.flatMap((check) => check(source));
}

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

function gatewayProblems(source: YamlSource): Problem[] {
  const driver = at(source, ['gateway', 'driver']) ?? 'bundled';
  const url = at(source, ['gateway', 'url']);
  const problems: Problem[] = [];
  const problem = (path: Path, message: string) => problems.push(source.problemAt(path, message));
  const byUrl = driver === 'url' || driver === 'proxy';
  if (byUrl && url === undefined) problem(['gateway'], `gateway.driver "${driver}" needs gateway.url`);
  if (!byUrl && url !== undefined)
    problem(['gateway', 'url'], 'gateway.url is only for drivers "url" and "proxy"');
  for (const key of ['adminUrl', 'user', 'passwordEnv', 'tokenEnv'])
    if (driver !== 'url' && at(source, ['gateway', key]) !== undefined)
      problem(['gateway', key], `gateway.${key} is only for driver "url"`);
  if (
    driver !== 'bundled' &&
    ![undefined, 1].includes(at(source, ['gateway', 'nodes']) as number | undefined)
  )
    problem(['gateway', 'nodes'], 'gateway.nodes is only for driver "bundled"');
  if (at(source, ['baseline', 'through']) === 'gateway' && driver !== 'bundled')
    problem(['baseline', 'through'], 'baseline.through "gateway" needs gateway.driver "bundled"');
  return problems;
}

function accessProblems(source: YamlSource): Problem[] {
  const given = (key: string) => at(source, ['access', ...key.split('.')]) !== undefined;
  const problems: Problem[] = [];
  const problem = (key: string, message: string) =>
    problems.push(source.problemAt(['access', ...key.split('.')], message));
  const ways = ['passwordEnv', 'passwordFile', 'tokenEnv', 'tokenFile'].filter(given);
  if (ways.length > 1)
    problem(ways[1] ?? '', `access.${ways[0]} and access.${ways[1]}: expected one proof, password or token`);
  if (ways[0]?.startsWith('password') && !given('user'))
    problem(ways[0], `access.${ways[0]} needs access.user, whose password it is`);
  if (given('tls.cert') !== given('tls.key'))
    problem(given('tls.cert') ? 'tls.cert' : 'tls.key', 'access.tls: cert and key go together');
  return problems;
}

/** Keys of `load` and the models that have a use for them. */
const LOAD_KEYS: Readonly<Record<string, readonly string[]>> = {
  speed: ['recorded'],
  maxGap: ['recorded'],
  cloneShift: ['recorded'],
  rate: ['rate'],
  arrivals: ['rate'],
  stages: ['rate', 'closed'],
  concurrency: ['closed'],
  thinkTime: ['closed'],
};

/** A key that has no effect would let somebody believe in a load that was never offered. */
function loadProblems(source: YamlSource): Problem[] {
  const model = textAt(source, ['load', 'model']) ?? 'recorded';
  return Object.entries(LOAD_KEYS).flatMap(([key, models]) =>
    at(source, ['load', key]) === undefined || models.includes(model)
      ? []
      : [
          source.problemAt(
            ['load', key],
            `load.${key} has no effect with model "${model}": it is for ${models.map((m) => `"${m}"`).join(' and ')}`,
          ),
        ],
  );
}

/** What the official client leaves no room for, and why. */
const NOT_WITH_TRINO_CLIENT: Readonly<Record<string, string>> = {
  client: 'it never tries again; leave it out, or say "strict"',
  mostRows: 'it has no call for partialCancelUri',
  dataEncoding: 'it reads no spooled results',
  sessions: 'of a session it keeps a part only (one property, no transaction, no role)',
};

function driverProblems(source: YamlSource): Problem[] {
  if (at(source, ['load', 'driver']) !== 'trino-client') return [];
  const problem = (path: Path, why: string) =>
    source.problemAt(path, `${path.join('.')} cannot be had with load.driver "trino-client": ${why}`);
  const harmless: readonly unknown[] = [undefined, 'strict', 'independent'];
  const keys = Object.entries(NOT_WITH_TRINO_CLIENT).filter(
    ([key]) => !harmless.includes(at(source, ['load', key])),
  );
  const gates = at(source, ['gates']);
  const polls = (Array.isArray(gates) ? gates : []).flatMap((text: unknown, i) => {
    const parsed = typeof text === 'string' ? parseGate(text) : undefined;
    return parsed && 'gate' in parsed && /^(?:overhead|noise)\.poll\./.test(parsed.gate.figure) ? [i] : [];
  });
  return [
    ...keys.map(([key, why]) => problem(['load', key], why)),
    ...polls.map((i) =>
      problem(['gates', i], 'single polls happen inside it, and have no times of their own'),
    ),
  ];
}

/** A thread without a connection or, in a closed loop, without a slot would never send its part. */
function threadProblems(source: YamlSource): Problem[] {
  const load = (key: string) => at(source, ['load', key]);
  const threads = load('threads');
  if (typeof threads !== 'number') return [];
  const problems: Problem[] = [];
  const shared = (key: string, most: unknown) => {
    if (typeof most === 'number' && most < threads)
      problems.push(
        source.problemAt(['load', 'threads'], `load.threads: ${threads} threads cannot share ${most} ${key}`),
      );
  };
  shared('connections (load.connections)', load('connections') ?? 256);
  if (load('model') === 'closed') shared('slots (load.concurrency)', mostSlots(source));
  return problems;
}

/** The most that a closed loop has at once, with its stages. */
function mostSlots(source: YamlSource): number {
  const levels = entriesOf(source, ['load', 'stages']).map(([, stage]) => stage.to);
  const all = [at(source, ['load', 'concurrency']) ?? 8, ...levels];
  return Math.max(...all.filter((level) => typeof level === 'number'));
}

/** With nothing between warm-up and cool-down no latency could be told, which would show only when the run is over. */
function measuredProblems(source: YamlSource): Problem[] {
  const ms = (key: string, otherwise: string) =>
    parseDurationMs(textAt(source, ['load', key]) ?? otherwise) ?? 0;
  const lasts = ms('duration', '0s');
  if (lasts === 0 || ms('warmUp', '2s') + ms('coolDown', '0s') < lasts) return [];
  const message = 'load.duration: warm-up and cool-down leave nothing of it to be timed';
  return [source.problemAt(['load', 'duration'], message)];
}

/** The parts of the gateway's own configuration that a run fills in itself. */
const FILLED_IN = { backends: true } as const;
const gatewayPart = gatewaySchema.omit(FILLED_IN).partial();

function configProblems(source: YamlSource): Problem[] {
  // The Java gateway judges its own configuration.
  if (at(source, ['gateway', 'driver']) === 'java') return [];
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
