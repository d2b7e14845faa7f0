/** What a scenario decides of its gates before it is run. */
import type { Problem } from '../base/errors.ts';
import type { YamlSource } from '../base/yaml.ts';
import { type Most, unmeetable } from '../gates/foresee.ts';
import { checkGates } from '../gates/parse.ts';
import { expandTimeline, type SingleAction } from './expand.ts';
import type { Scenario } from './schema.ts';
import type { DeedName } from './sections/timeline/index.ts';

type Kind = 'roll' | 'kill' | 'other';

const KIND_OF: Readonly<Record<DeedName, Kind>> = {
  ...{ roll: 'roll', canary: 'roll', restart: 'roll', activeActive: 'roll', reconfigure: 'roll' },
  ...{ restartGateway: 'roll', loseZone: 'kill', kill: 'kill', start: 'other', fault: 'other' },
};

/** Figures that count actions, and the kinds that they count. */
const COUNTED: Readonly<Record<string, readonly Kind[]>> = {
  'rolls.completed': ['roll'],
  'rolls.failed': ['roll'],
  'rolls.withoutDrop': ['roll'],
  'kills.proven': ['kill'],
  'faults.failed': ['kill', 'other'],
  'actions.doubtful': ['roll', 'kill'],
};

const NAMES: Readonly<Record<Kind, string>> = { roll: 'roll', kill: 'kill', other: 'start or fault' };

/** Gates that the timeline, or the other gates, have already decided against. */
export function gatesDecided(source: YamlSource, scenario: Scenario): Problem[] {
  const actions = expandTimeline(scenario);
  const most = (figure: string) => mostActions(figure, actions);
  return problemsOf(source, scenario, most);
}

/** Gates on the number of queries that a plan of so many cannot meet; undefined where nobody knows how many there will be. */
export function gatesBeyondPlan(
  source: YamlSource,
  scenario: Scenario,
  planned: number | undefined,
): Problem[] {
  if (planned === undefined) return [];
  const why = `${planned} queries are planned at most`;
  const isCount =
    /^(?:queries\.(?!perSecond)|failed\.|recovered\.|drops\.(?!rate)|ledger\.(?:lost|dropped|wrong)$)/;
  return problemsOf(source, scenario, (figure) =>
    isCount.test(figure) ? { value: planned, why } : undefined,
  );
}

function problemsOf(
  source: YamlSource,
  { gates }: Scenario,
  mostOf: (figure: string) => Most | undefined,
): Problem[] {
  const read = checkGates(gates, source, ['gates']).gates;
  return unmeetable(read, mostOf).map(({ index, message }) =>
    source.problemAt(['gates', index], `gates.${index}: ${message}`),
  );
}

function mostActions(figure: string, actions: readonly SingleAction[]): Most | undefined {
  const kinds = Object.hasOwn(COUNTED, figure) ? COUNTED[figure] : undefined;
  if (kinds === undefined) return undefined;
  const names = Object.keys(KIND_OF) as DeedName[];
  const value = actions.filter((action) =>
    names.some((name) => action[name] !== undefined && kinds.includes(KIND_OF[name])),
  ).length;
  const what = kinds
    .map((kind) => `${NAMES[kind]}${value === 1 ? '' : kind === 'other' ? '' : 's'}`)
    .join(', ');
  return { value, why: `the timeline has ${value === 0 ? 'no' : value} ${what}` };
}
