/**
 * When a process that was lost can have died. A kill's stamp is the deed's own; a loss is stamped when somebody noticed,
 * which a busy generator does later. It died between its last sign of life, an answer that somebody got of it, and that.
 */
import { coordinatorSuffix } from '../../trino/query-id.ts';
import type { Samples } from '../record/samples.ts';
import type { FleetHistory } from './incarnations.ts';

/** The fleet with each loss, and the end of its process, dated back to the last sign of life. */
export function withSignsOfLife(fleet: FleetHistory, samples: Samples): FleetHistory {
  const losses = fleet.kills.filter((kill) => kill.kind === 'loss' && kill.suffix !== '');
  if (losses.length === 0) return fleet;
  const noticed = new Map(losses.map(({ atUs, suffix }) => [suffix, atUs]));
  const alive = new Map(losses.map(({ suffix }) => [suffix, fleet.bySuffix.get(suffix)?.fromUs ?? 0]));
  for (let place = 0; place < samples.length; place++) {
    const rerunId = samples.rerunId.at(place);
    const suffix = coordinatorSuffix(rerunId === '' ? samples.queryId.at(place) : rerunId) ?? '';
    const noticedUs = noticed.get(suffix);
    if (noticedUs === undefined) continue;
    const endedWell = samples.end.at(place) === 'finished';
    const signs = [
      samples.submittedUs.at(place),
      samples.firstRowUs.at(place),
      endedWell ? samples.lastUs.at(place) : -1,
    ];
    const latest = Math.max(...signs.filter((us) => us <= noticedUs), alive.get(suffix) ?? 0);
    alive.set(suffix, latest);
  }
  const incarnations = fleet.incarnations.map((one) =>
    one.toUs === noticed.get(one.suffix) ? { ...one, toUs: alive.get(one.suffix) ?? one.toUs } : one,
  );
  return {
    ...fleet,
    incarnations,
    bySuffix: new Map(incarnations.map((one) => [one.suffix, one])),
    kills: fleet.kills.map((kill) =>
      losses.includes(kill) ? { ...kill, sinceUs: alive.get(kill.suffix) ?? kill.atUs } : kill,
    ),
  };
}
