/** The cluster that is planned with, and the list of what was assumed: both printed with every answer. */
import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import type { DumpReading } from '../../measure/record/run-info.ts';
import { oneLine } from '../../report/plain.ts';
import type { ClusterModel } from '../plan/world.ts';
import { localDay } from '../workload/local-time.ts';
import type { GroupPlan, Measured } from './record.ts';
import type { Study } from './schema.ts';
import { growthWords } from './until.ts';

/**
 * The study's cluster, with what was measured in place of what was assumed. Simulated clusters teach slots and contention;
 * their speed is invented, so only real ones teach that.
 */
export function clusterModel(study: Study, measured: Measured | null): ClusterModel {
  const { alpha, beta, costPerHour, drain, maxQueued, slots, start } = study.cluster;
  const fit = measured?.fit.kind === 'fit' ? measured.fit : undefined;
  const speedKnown =
    measured !== null && !measured.simulated && measured.aloneMs !== null && measured.recordedMs !== null;
  return {
    slots: fit?.slots ?? slots,
    maxQueued,
    contention: fit === undefined ? { alpha, beta } : { alpha: fit.alpha.value, beta: fit.beta.value },
    serviceScale: speedKnown ? (measured.aloneMs ?? 1) / (measured.recordedMs ?? 1) : 1,
    ...{ startMs: start, drainMs: drain, costPerHour },
  };
}

/** What assumptions are made of the load. */
export interface LoadFacts {
  /** Share of the queries whose time was recorded. */
  readonly timesKnown: number;
  /** Queries that belong to no group of the study. */
  readonly leftOut: number;
  readonly reading: DumpReading;
  readonly plans: readonly GroupPlan[];
}

export function assumptionsOf(
  study: Study,
  cluster: ClusterModel,
  measured: Measured | null,
  facts: LoadFacts,
): string[] {
  const { leftOut, plans, reading, timesKnown } = facts;
  const queries = reading.accepted;
  const { gateway, load } = study;
  const { alpha, beta } = cluster.contention;
  const from =
    measured?.fit.kind === 'fit' ? `measured on ${measured.title}` : 'given by the study, not measured';
  return [
    alpha === 0 && beta === 0
      ? `A cluster runs ${cluster.slots} queries at once, which do not slow each other (${from}).`
      : `A cluster runs ${cluster.slots} queries at once; with n running each goes at 1/(1 + ${short(alpha)}(n − 1) + ${short(beta)}n(n − 1)) of its speed alone (${from}).`,
    cluster.serviceScale === 1
      ? 'A query takes as long alone as the dump recorded it without its time in queues; recorded times already hold the contention of that day, so the plan errs on the safe side.'
      : `A query takes ${short(cluster.serviceScale)} times as long alone as the dump recorded (measured on ${measured?.title}).`,
    ...readingLines(reading),
    ...(timesKnown < 1
      ? [
          `For ${formatShare(1 - timesKnown)} of the queries no time is recorded; they got the median of their kind.`,
        ]
      : []),
    load.scale > 1
      ? `The dump holds one in ${short(load.scale)} users: it is laid over itself so many times, each copy with users of its own and moved by up to ${formatMs(load.spread)} either way (\`load.spread\`). The sample’s chance peaks are averaged over that time; so is what all users do at one moment.`
      : `The dump holds all users. Copies for more users are moved within stretches of ${formatMs(load.turn)} (\`load.turn\`), as users who know nothing of each other: bursts that last longer stay bursts, and grow; shorter ones are smoothed.`,
    'Every question is asked of five seeded draws of the load, of up to 15 where its peak has few queries; what holds in four of five of them holds. The dump’s own load, once, is the same in each: only lots of the balancer differ then.',
    'What ran when the simulation begins runs there, with the rest of its recorded time; what was begun before the dump is not known.',
    'A fraction of a load is a fraction of its users with all that they did; of users with more than 1 % of the work it is a fraction of their queries.',
    ...(leftOut === 0
      ? []
      : [
          `${formatCount(leftOut)} of the dump’s ${formatCount(queries)} queries (${formatShare(leftOut / queries)}) belong to no group of the study (\`expect\`) and are left out.`,
        ]),
    ...plans
      .filter((p) => p.size.headroom !== null)
      .map(
        ({ exhaustion, size }) =>
          `${oneLine(size.group)} grows by ${exhaustion === null ? 'an unknown share' : growthWords(exhaustion)}.`,
      ),
    `Growth counts from the dump’s last day${reading.lastAtMs === null ? '' : `, ${localDay(reading.lastAtMs, study.timeZone)}`}: the present load is that of the dump.`,
    `All clusters of a group are alike, and spread over ${study.zones} zone${study.zones === 1 ? '' : 's'}. ${gateway.nodes} gateway nodes choose by ${gateway.balancer}; clusters report their counts every ${formatMs(gateway.reportEvery)}.`,
    `A killed cluster takes queries for ${formatMs(gateway.detect)} more; what meets it is sent elsewhere, and statements wait up to ${formatMs(gateway.hold)} in the gateway for a group that has no cluster (\`gateway.hold\`). A cluster starts in ${formatMs(cluster.startMs)}; a roll waits up to ${formatMs(cluster.drainMs)} for its queries.`,
    'Users whose query was lost do not ask again; the gateway itself is never the bottleneck.',
  ];
}

/** What the plan does not know of because it was not read, or may have read wrong. */
function readingLines({ badByReason, badRows, cuts = [], doubts = [], rows }: DumpReading): string[] {
  const [most] = Object.entries(badByReason).toSorted(([, a], [, b]) => b - a);
  return [
    ...(badRows === 0
      ? []
      : [
          `${formatCount(badRows)} of the dump’s ${formatCount(rows)} rows (${formatShare(badRows / rows)}) could not be read and are not in the load${most === undefined ? '' : `; most often: ${most[0]}`}.`,
        ]),
    ...(cuts.length === 0 ? [] : [`Only a part of the dump was read, as asked: ${cuts.join(', ')}.`]),
    ...doubts.map((doubt) => `${doubt}.`),
  ];
}

const short = (x: number) => String(Number(x.toPrecision(3)));
