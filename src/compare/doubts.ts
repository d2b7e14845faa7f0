/** What stands between two runs and a judgement of their times. */
import { formatCount, formatShare } from '../base/units.ts';
import type { ComparableRun } from './comparable.ts';
import type { Difference } from './differences.ts';
import { standingText } from './standing.ts';

/** Names of differences that stand in a line. */
const MOST_NAMED = 4;

/** Why times inform and do not judge: an instrument that was not fit, or runs that were not made alike. */
export function reasonsToDoubt(
  base: ComparableRun,
  run: ComparableRun,
  all: readonly Difference[],
): string[] {
  const invalid = [base, run].filter(({ verdict }) => verdict?.result === 'invalid');
  const names = all.filter((difference) => difference.bearsOnTimes).map(({ what }) => what);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [
    ...invalid.map(standingText),
    ...(names.length === 0
      ? []
      : [
          `not made alike: ${names.slice(0, MOST_NAMED).join(', ')}${more} ${names.length === 1 ? 'differs' : 'differ'}`,
        ]),
  ];
}

/** From such a difference of the shares on, those that did not finish may have made the quantiles what they are. */
const MUCH = 0.01;

/** What a reader has to know before the figures, though it does not keep them from judging. */
export function caveatsOf(base: ComparableRun, run: ComparableRun): string[] {
  const unfinished = ({ planned, counts }: ComparableRun) => 1 - counts.finished / Math.max(1, planned);
  const [left, right] = [unfinished(base), unfinished(run)];
  const told = (share: number, of: ComparableRun) =>
    `${formatShare(share)} of ${formatCount(of.planned)} queries in ${of === base ? 'the base' : 'the run'}`;
  return [
    ...[base, run].filter(({ verdict }) => verdict?.result !== 'invalid').map(standingText),
    Math.abs(left - right) < MUCH
      ? ''
      : `times are those of finished queries, and ${told(left, base)} did not finish against ${told(right, run)}: what is missing on one side may be what took longest`,
    base.scenario === undefined || run.scenario === undefined
      ? 'the configuration is not compared: one of the two was stored without it (store it again to have it compared)'
      : '',
  ].filter((text) => text !== '');
}
