/**
 * When a process that was lost can have died. A kill's stamp is the deed's own; a loss is stamped when somebody noticed,
 * which a busy generator does later. It died between its last sign of life, an answer that somebody got of it, and that.
 */
import { coordinatorSuffix } from '../../trino/query-id.ts';
import type { Sample } from '../record/sample.ts';
import type { Samples } from '../record/samples.ts';
import type { FleetHistory, Kill } from './incarnations.ts';

/** Last signs of life by the suffix of the process, microseconds. */
export type SignsOfLife = ReadonlyMap<string, number>;

/** The fleet with each loss, and the end of its process, dated back to the last sign of life in all samples. */
export function withSignsOfLife(fleet: FleetHistory, samples: Samples): FleetHistory {
  const losses = lossesIn(fleet);
  if (losses.length === 0) return fleet;
  const noticed = new Map(losses.map(({ atUs, suffix }) => [suffix, atUs]));
  const signs = new Map<string, number>();
  for (let place = 0; place < samples.length; place++) {
    const rerunId = samples.rerunId.at(place);
    const suffix = coordinatorSuffix(rerunId === '' ? samples.queryId.at(place) : rerunId) ?? '';
    const noticedUs = noticed.get(suffix);
    if (noticedUs === undefined) continue;
    const latest = latestSign(
      samples.submittedUs.at(place),
      samples.firstRowUs.at(place),
      samples.end.at(place) === 'finished' ? samples.lastUs.at(place) : -1,
      noticedUs,
    );
    if (latest > (signs.get(suffix) ?? -1)) signs.set(suffix, latest);
  }
  return datedBack(fleet, signs);
}

/** The same while the run goes on: each sample is taken in as it comes. */
export function signsSoFar() {
  const signs = new Map<string, number>();
  return {
    /** `fleet` by what is known when the sample comes. */
    add({ end, firstRowUs, lastUs, queryId, rerunId, submittedUs }: Sample, fleet: FleetHistory): void {
      const suffix = coordinatorSuffix(rerunId === '' ? queryId : rerunId);
      if (suffix === undefined) return;
      const noticedUs = lossesIn(fleet).find((kill) => kill.suffix === suffix)?.atUs;
      const latest = latestSign(submittedUs, firstRowUs, end === 'finished' ? lastUs : -1, noticedUs);
      if (latest > (signs.get(suffix) ?? -1)) signs.set(suffix, latest);
    },
    /** The fleet as far as it is known, by the signs so far: later ones can only move a loss nearer to its notice. */
    date: (fleet: FleetHistory): FleetHistory => datedBack(fleet, signs),
  };
}

const lossesIn = ({ kills }: FleetHistory): readonly Kill[] =>
  kills.filter((kill) => kill.kind === 'loss' && kill.suffix !== '');

/** The latest of three moments that is no later than the notice, −1 for none. */
function latestSign(a: number, b: number, c: number, noticedUs = Number.POSITIVE_INFINITY): number {
  return Math.max(a <= noticedUs ? a : -1, b <= noticedUs ? b : -1, c <= noticedUs ? c : -1);
}

function datedBack(fleet: FleetHistory, signs: SignsOfLife): FleetHistory {
  const losses = lossesIn(fleet);
  if (losses.length === 0) return fleet;
  const since = new Map(
    losses.map(({ atUs, suffix }) => {
      const startedUs = fleet.bySuffix.get(suffix)?.fromUs ?? 0;
      return [suffix, Math.min(atUs, Math.max(startedUs, signs.get(suffix) ?? 0))];
    }),
  );
  const noticed = new Map(losses.map(({ atUs, suffix }) => [suffix, atUs]));
  const incarnations = fleet.incarnations.map((one) =>
    one.toUs === noticed.get(one.suffix) ? { ...one, toUs: since.get(one.suffix) ?? one.toUs } : one,
  );
  return {
    ...fleet,
    incarnations,
    bySuffix: new Map(incarnations.map((one) => [one.suffix, one])),
    kills: fleet.kills.map((kill) =>
      losses.includes(kill) ? { ...kill, sinceUs: since.get(kill.suffix) ?? kill.atUs } : kill,
    ),
  };
}
