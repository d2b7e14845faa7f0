/** From the timeline as written to the list of single actions: repetitions unrolled, schedules of faults drawn. */
import { seededRandom } from '../base/random.ts';
import type { Scenario, TimelineAction } from './schema.ts';
import { DEED_NAMES, type DeedName, FAULTS } from './sections/timeline/index.ts';

/** One action: its time since the start of the replay, and exactly one deed. */
export type SingleAction = Pick<TimelineAction, 'at' | DeedName>;

/** All actions in order. Deterministic: the scenario's seed draws the schedules. */
export function expandTimeline(scenario: Pick<Scenario, 'timeline' | 'seed'>): readonly SingleAction[] {
  return scenario.timeline.flatMap((entry, i): SingleAction[] => {
    const { at, chaos, repeat } = entry;
    if (repeat !== undefined)
      return Array.from({ length: repeat.times }, () =>
        repeat.actions.map((deed) => ({ at, ...deed })),
      ).flat();
    if (chaos !== undefined) return drawn(at, chaos, seededRandom(scenario.seed, `chaos ${i}`));
    return [single(entry)];
  });
}

function single(entry: TimelineAction): SingleAction {
  return Object.fromEntries(
    ['at', ...DEED_NAMES].flatMap((key) => {
      const value = entry[key as keyof TimelineAction];
      return value === undefined ? [] : [[key, value]];
    }),
  ) as SingleAction;
}

type Chaos = NonNullable<TimelineAction['chaos']>;

function drawn(atMs: number, chaos: Chaos, random: ReturnType<typeof seededRandom>): SingleAction[] {
  const { least, most } = chaos.every;
  const actions: SingleAction[] = [];
  for (
    let t = least + random.next() * (most - least);
    t < chaos.for;
    t += least + random.next() * (most - least)
  ) {
    const fault = random.pick(chaos.faults);
    const { on } = FAULTS[fault.type];
    const needsCluster = on !== 'gateway' && on !== 'store';
    const cluster = needsCluster && chaos.clusters.length > 0 ? { cluster: random.pick(chaos.clusters) } : {};
    actions.push({ at: Math.round(atMs + t), fault: { ...fault, ...cluster } });
  }
  return actions;
}
