/** When a replay is stopped before its plan is through: cheap live counts, asked for each query. */

export interface StopWhen {
  /** So many gateway queries ended badly, by no fault of their own. */
  readonly failed?: number | undefined;
  /** Such a share (0..1) of those that ended. */
  readonly failedShare?: number | undefined;
  /** A query was released so late, milliseconds. */
  readonly lateByMs?: number | undefined;
}

/** A share of fewer says nothing. */
const FEWEST_ENDED = 100;

/** Watches live counts; `because` is why the replay has to stop, once it has to. */
export function stopRule(
  { failed, failedShare, lateByMs }: StopWhen,
  counts: { readonly ended: number; readonly troubled: number },
) {
  let told: string | undefined;
  return {
    /** Ends it for a reason that was seen elsewhere. */
    end(because: string): void {
      told ??= because;
    },
    released(lateMs: number): void {
      if (lateByMs !== undefined && lateMs > lateByMs)
        told ??= `a query was released ${Math.round(lateMs)} ms late (load.stopWhen.lateBy)`;
    },
    get because(): string | undefined {
      if (told !== undefined) return told;
      if (failed !== undefined && counts.troubled >= failed)
        return `${counts.troubled} queries failed (load.stopWhen.failed)`;
      const share = counts.troubled / Math.max(1, counts.ended);
      if (failedShare !== undefined && counts.ended >= FEWEST_ENDED && share >= failedShare)
        return `${counts.troubled} of ${counts.ended} queries failed (load.stopWhen.failedShare)`;
      return undefined;
    },
  };
}
