/** What two runs were made with, and where that differs: machine, versions, plan, and the scenarios as resolved. */
import { isDeepStrictEqual } from 'node:util';
import { maskSecrets } from '../base/secrets.ts';
import { formatCount } from '../base/units.ts';
import { clip } from '../report/plain.ts';
import { type ComparableRun, RULES } from './comparable.ts';

/** In the order in which they are told. */
export const AREAS = {
  load: 'Load',
  fleet: 'Fleet and timeline',
  gateway: 'Under test',
  surroundings: 'Machine and versions',
  judging: 'Judging',
} as const;

export type Area = keyof typeof AREAS;

export interface Difference {
  readonly area: Area;
  /** A key of the scenario as a path (`load.speed`), or what else differs. */
  readonly what: string;
  readonly base: string;
  readonly run: string;
  /** Whether times depend on it, other than by what is under test: then they inform, and do not judge. */
  readonly bearsOnTimes: boolean;
}

/** Where the first part of a key's path belongs; whatever is not named shapes the load. */
const AREA_OF: Readonly<Record<string, Area>> = {
  ...{ fleet: 'fleet', timeline: 'fleet', settle: 'fleet', access: 'fleet' },
  ...{ gateway: 'gateway', name: 'judging', expect: 'judging', gates: 'judging', judge: 'judging' },
};

/** Surroundings that times depend on. What is under test may differ: that is what runs are compared for. */
const JUDGING =
  /^machine: (?:cpu|cores|cpuLimitCores|platform)$|^version of (?:node|trino-client)$|^(?:simulated|clusters|dump|seed)$/;

/** Said of the surroundings as well, and in more detail by the scenario. */
const TOLD_BY_SCENARIO: Readonly<Record<string, RegExp>> = {
  clusters: /^fleet\.clusters/,
  baseline: /^baseline\./,
};
const SETTINGS_OF_LOAD: Readonly<Record<string, string>> = {
  'judge.warmUpMs': 'load.warmUp',
  'judge.coolDownMs': 'load.coolDown',
};
const MOST_CHARACTERS = 200;
const NONE = '–';

/** All differences, area by area. */
export function differencesOf(base: ComparableRun, run: ComparableRun): readonly Difference[] {
  const scenario = scenarioDifferences(base, run);
  const told = (what: string) =>
    scenario.some((d) => d.what === what || TOLD_BY_SCENARIO[what]?.test(d.what) === true);
  const all = [
    ...planDifference(base, run),
    ...surroundings(base, run).filter(({ what }) => !told(what)),
    ...scenario,
  ];
  return (Object.keys(AREAS) as Area[]).flatMap((area) => all.filter((d) => d.area === area));
}

/** Whether both sent the same queries at the same times. */
export function samePlan(base: ComparableRun, run: ComparableRun): boolean {
  return base.plan.sha256 !== '' && base.plan.sha256 === run.plan.sha256;
}

function planDifference(base: ComparableRun, run: ComparableRun): Difference[] {
  if (samePlan(base, run)) return [];
  const told = ({ plan }: ComparableRun) =>
    `${plan.sha256.slice(0, 12) || 'no digest'}, ${formatCount(plan.queries)} queries`;
  return [{ area: 'load', what: 'plan', base: told(base), run: told(run), bearsOnTimes: true }];
}

function surroundings(base: ComparableRun, run: ComparableRun): Difference[] {
  const names = [...new Set([...Object.keys(base.environment), ...Object.keys(run.environment)])];
  return names
    .map((what): Difference => {
      const area = areaOf(what);
      const [left, right] = [base.environment[what] ?? NONE, run.environment[what] ?? NONE];
      const bearsOnTimes = JUDGING.test(what) || (what.startsWith(RULES) && area !== 'gateway');
      return { area, what, base: left, run: right, bearsOnTimes };
    })
    .filter(({ base: left, run: right, what }) => left !== right && !isAlone(what, left, right));
}

/** A file of rules that only one run has is told by the key that names it; older records do not tell what was in it. */
const isAlone = (what: string, left: string, right: string): boolean =>
  what.startsWith(RULES) && (left === NONE || right === NONE);

function areaOf(what: string): Area {
  if (what.startsWith(RULES)) return AREA_OF[/^\w+/.exec(what.slice(RULES.length))?.[0] ?? ''] ?? 'load';
  if (what === 'gateway') return 'gateway';
  return /^(?:dump|seed)$/.test(what) ? 'load' : 'surroundings';
}

/** None where one of the two was stored before scenarios were. */
function scenarioDifferences(base: ComparableRun, run: ComparableRun): Difference[] {
  if (base.scenario === undefined || run.scenario === undefined) return [];
  const sameProgram = base.environment['version of rehearse'] === run.environment['version of rehearse'];
  const keys = [...leaves(comparedPart(base.scenario), comparedPart(run.scenario), '')].map(
    (leaf): Difference => {
      const area = AREA_OF[/^\w+/.exec(leaf.path)?.[0] ?? ''] ?? 'load';
      // A key that only one of two versions of the program knows says nothing of the load.
      const known = leaf.base !== undefined && leaf.run !== undefined;
      return {
        ...{ area, what: leaf.path, base: shown(leaf.base), run: shown(leaf.run) },
        bearsOnTimes: (area === 'load' || area === 'fleet') && (known || sameProgram),
      };
    },
  );
  const judge = [...leaves(base.judge, run.judge, 'judge')]
    .filter(({ path }) => !keys.some((key) => key.what === SETTINGS_OF_LOAD[path]))
    .map((leaf) => judging(leaf.path, shown(leaf.base), shown(leaf.run)));
  return [...keys, ...judge, ...gateDifferences(base.scenario, run.scenario)];
}

/**
 * A scenario without its words for people, without what is compared in another way (gates, and the judge's settings as
 * they were used), and without the places of the dump, which is told by its digest.
 */
function comparedPart(scenario: unknown): unknown {
  const without = (part: unknown, names: readonly string[]) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).filter(([key]) => !names.includes(key))) : part;
  const rest = without(maskSecrets(scenario), ['description', 'gates', 'judge']);
  return isObject(rest) && 'dump' in rest ? { ...rest, dump: without(rest.dump, ['files']) } : rest;
}

const judging = (what: string, base: string, run: string): Difference => ({
  ...{ area: 'judging', what, base, run, bearsOnTimes: false },
});

/** Gates have no order: each that only one of the two has. */
function gateDifferences(base: unknown, run: unknown): Difference[] {
  const gatesOf = (scenario: unknown) => (scenario as { gates?: readonly string[] }).gates ?? [];
  const only = (some: readonly string[], others: readonly string[]) =>
    some.filter((g) => !others.includes(g));
  return [
    ...only(gatesOf(base), gatesOf(run)).map((gate) => judging(`gate ${gate}`, 'set', NONE)),
    ...only(gatesOf(run), gatesOf(base)).map((gate) => judging(`gate ${gate}`, NONE, 'set')),
  ];
}

interface Leaf {
  readonly path: string;
  readonly base: unknown;
  readonly run: unknown;
}

/** The places where two trees part. What only one of them has is one leaf, however much is below it. */
function* leaves(base: unknown, run: unknown, path: string): Generator<Leaf> {
  if (isDeepStrictEqual(base, run)) return;
  const [left, right] = [childrenOf(base), childrenOf(run)];
  if (left === undefined || right === undefined) yield { path, base, run };
  else
    for (const key of new Set([...left.keys(), ...right.keys()]))
      yield* leaves(left.get(key), right.get(key), `${path}${path === '' ? key.replace(/^\./, '') : key}`);
}

/** Parts of a tree by the step to them; entries of a list by their name where all have one. */
function childrenOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value).map(([key, inner]) => [`.${key}`, inner]));
  if (value.length === 0 || !value.every(isObject)) return undefined;
  const names = value.map((entry) => entry.name);
  const named = names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return new Map(value.map((entry, i) => [`[${named ? String(entry.name) : i}]`, entry]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return NONE;
  if (Array.isArray(value) && value.length === 0) return 'none';
  if (Array.isArray(value) && value.every(isObject))
    return `${value.length}: ${value.map(kindOf).join(', ')}`;
  return clip(typeof value === 'string' ? value : JSON.stringify(value), MOST_CHARACTERS);
}

/** What an entry of a list is: its name, or the key that is not its time. */
const kindOf = (entry: Readonly<Record<string, unknown>>): string =>
  typeof entry.name === 'string'
    ? entry.name
    : Object.keys(entry)
        .filter((key) => key !== 'at')
        .join(' ');
