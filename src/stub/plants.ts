/**
 * Planted defects: a coordinator that loses, doubles or spoils certain statements on purpose, and keeps its own record of
 * each. They are there to prove that the harness finds every kind of loss, counts it exactly and names it rightly.
 */
import { z } from 'zod';

/** What happens to a planted statement, and what that amounts to for its client. */
export const DEFECTS = {
  'lose-post': 'its POST is cut off, each time: lost, it never ran',
  'refuse-post': 'its POST is answered 500, each time: lost, it never ran',
  'queue-full': 'fails with QUERY_QUEUE_FULL: turned away',
  'run-unseen': 'its POST is cut off, and it runs: orphaned, as the client has no id',
  'run-twice': 'a second query runs beside it, which nobody has asked for: executed twice',
  'lose-queued': '404 to its first poll: dropped before it ran',
  'lose-running': '404 to its first poll while it runs, and it ends: dropped before its rows',
  'lose-rows': '404 after its first page with rows: dropped among its rows',
  'leave-running': '404 while it runs, and it runs on: dropped, and orphaned',
  'cut-polls': 'connections are cut instead of answered while it runs: dropped',
  'fail-task': 'fails with REMOTE_TASK_ERROR: dropped in flight',
  hang: 'never ends',
  'lose-row': 'its last row is missing: wrong result',
  'change-row': 'its last row is another one: wrong result',
} as const;

export type Defect = keyof typeof DEFECTS;
export const DEFECT_NAMES = Object.keys(DEFECTS) as [Defect, ...Defect[]];

export const plantSchema = z.strictObject({
  defect: z.enum(DEFECT_NAMES).describe('what goes wrong'),
  every: z.int().min(1).describe('of so many statements with a trace token one is planted'),
  offset: z.int().min(0).default(0).describe('which of them, counted from 0'),
});

export type PlantInput = z.input<typeof plantSchema>;
type Plant = z.output<typeof plantSchema>;

/** Which statements are planted with what, and on which of them it took effect. */
export class Plants {
  readonly #plants: readonly Plant[];
  readonly #drawn = new Map<string, Defect | undefined>();
  readonly #done = new Map<string, Defect>();

  constructor(plants: readonly Plant[]) {
    this.#plants = plants;
  }

  /** The defect of a statement; the same for each POST of the same trace token, none without one. */
  of(token: string): Defect | undefined {
    if (this.#plants.length === 0 || token === '') return undefined;
    if (!this.#drawn.has(token)) {
      const ordinal = this.#drawn.size;
      const plant = this.#plants.find((p) => ordinal % p.every === p.offset % p.every);
      this.#drawn.set(token, plant?.defect);
    }
    return this.#drawn.get(token);
  }

  /** True the first time it takes effect on a statement. */
  note(token: string, defect: Defect): boolean {
    if (this.#done.has(token)) return false;
    this.#done.set(token, defect);
    return true;
  }

  /** The record: trace tokens by defect, of those on which it took effect. */
  record(): Readonly<Partial<Record<Defect, readonly string[]>>> {
    return Object.fromEntries(
      Map.groupBy(this.#done, ([, defect]) => defect)
        .entries()
        .map(([defect, planted]) => [defect, planted.map(([token]) => token)]),
    );
  }
}
