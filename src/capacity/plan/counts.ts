/** One cluster, two, three …: what each number carries, and until when growth leaves it at that. */
import { type Exhaustion, exhaustionOf, type Growth } from './headroom.ts';
import { type GroupSize, least, type TimesCarried, timesCarried } from './size.ts';
import type { GroupWorld } from './world.ts';

export const COUNT_CASES = ['calm', 'roll', 'kill'] as const;
export type CountCase = (typeof COUNT_CASES)[number];

export interface Carried {
  /** Times the present peak; below 1 it is not carried today. 0 where nothing would be left. */
  readonly times: number;
  /** More was not tried. */
  readonly atLeast?: true;
  /** Until when; null when growth is not known. */
  readonly until: Exhaustion | null;
}

export interface CountRow {
  readonly clusters: number;
  readonly cases: Readonly<Record<CountCase, Carried>>;
}

/** So many numbers of clusters are told of a group. */
const MOST_ROWS = 8;

/** Rows for 1 to one more than planned; of very many only the ends. `endMs` is the dump's end by the zone's clocks. */
export async function countsOf(
  world: GroupWorld,
  size: GroupSize,
  growth: Growth | null,
  endMs: number,
): Promise<readonly CountRow[]> {
  const { headroom, planned } = size;
  if (planned === null || headroom === null) return [];
  const timesOf = async (
    clusters: number,
    name: CountCase,
  ): Promise<Pick<TimesCarried, 'times' | 'atLeast'>> => {
    if (clusters === planned && name === 'calm')
      return { times: headroom.calm, atLeast: headroom.calmAtLeast ?? false };
    if (clusters === planned && name === 'kill')
      return { times: headroom.kill, atLeast: headroom.killAtLeast ?? false };
    if (clusters === 1 && name !== 'calm') return { times: 0, atLeast: false };
    return timesCarried(world, clusters, name);
  };
  const carried = async (clusters: number, name: CountCase): Promise<Carried> => {
    const { atLeast, times } = await timesOf(clusters, name);
    // Of what is not carried as it is, no growth tells until when.
    const until = times < 1 ? null : exhaustionOf(times, growth, endMs, atLeast);
    return atLeast ? { times, atLeast, until } : { times, until };
  };
  const rows: CountRow[] = [];
  for (const clusters of countsTold(planned + 1)) {
    const [calm, roll, kill] = [
      await carried(clusters, 'calm'),
      await carried(clusters, 'roll'),
      await carried(clusters, 'kill'),
    ];
    const before = rows.at(-1);
    rows.push({
      clusters,
      cases: { calm, roll: least(roll, calm), kill: leastLeft(clusters, { calm, kill }, before) },
    });
  }
  return rows;
}

/** With one lost no more is carried than by one fewer in calm: what seems more is chance. */
function leastLeft(
  clusters: number,
  { calm, kill }: Pick<CountRow['cases'], 'calm' | 'kill'>,
  before: CountRow | undefined,
): Carried {
  const left = least(kill, calm);
  return before?.clusters === clusters - 1 && left.times > 0 ? least(left, before.cases.calm) : left;
}

/** 1 to n; of many the first two and the last ones. */
function countsTold(n: number): number[] {
  const all = Array.from({ length: n }, (_, i) => i + 1);
  return n <= MOST_ROWS ? all : [...all.slice(0, 2), ...all.slice(2 - MOST_ROWS)];
}
