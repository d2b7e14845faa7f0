/** Every table of a study as CSV (RFC 4180): one file each, with a head, units in the names. */
import { plain } from '../../report/plain.ts';
import { COUNT_CASES } from '../plan/counts.ts';
import type { StudyRecord } from '../study/record.ts';
import { p95Under } from './what-if-words.ts';

type Cell = string | number | boolean | null | undefined;

function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return rows.length === 0
    ? ''
    : `${[head, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

function field(value: Cell): string {
  const text =
    value === null || value === undefined ? '' : typeof value === 'string' ? plain(value) : String(value);
  // A spreadsheet must not take a name out of a dump for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const ends = (interval: readonly [number, number] | null | undefined) => interval ?? [null, null];

/** File name → the table; an empty text where there is nothing to tell. */
export const CSV_TABLES: Readonly<Record<string, (record: StudyRecord) => string>> = {
  'curve.csv': ({ measured }) =>
    csv(
      [
        'rate_per_s',
        'verdict',
        'p50_ms',
        'p95_ms',
        'queue_ms',
        'drop_share',
        'throughput_per_s',
        'steady',
        'queries',
        'reasons',
      ],
      (measured?.knee.trials ?? []).map((t) => [
        ...[t.load, t.verdict, t.p50Ms, t.p95Ms, t.queuedMs, t.dropShare, t.throughput, t.steady, t.queries],
        t.reasons.join('; '),
      ]),
    ),
  'scalability.csv': ({ measured }) =>
    csv(
      ['concurrency', 'throughput_per_s', 'fitted_per_s', 'relative_residual'],
      measured?.fit.kind === 'fit'
        ? measured.fit.points.map((p) => [p.concurrency, p.throughput, p.fitted, p.residual])
        : [],
    ),
  'plan.csv': ({ plans }) =>
    csv(
      [
        'group',
        'case',
        'clusters',
        'p95_ms',
        'queue_p95_ms',
        'avoidable_drops',
        'unavoidable_drops',
        'utilisation',
        'broken_with_one_fewer',
      ],
      plans.flatMap((p) =>
        p.size.cases.map((c) => [
          ...[
            p.size.group,
            c.case,
            c.clusters,
            c.figures?.p95Ms,
            c.figures?.queueP95Ms,
            c.figures?.avoidable,
          ],
          ...[c.figures?.unavoidable, c.figures?.utilisation, c.oneFewer.join('; ')],
        ]),
      ),
    ),
  'headroom.csv': ({ plans }) =>
    csv(
      [
        ...['group', 'clusters', 'case', 'times_peak', 'until', 'until_earliest', 'until_latest'],
        ...['growth_per_month', 'growth_low', 'growth_high', 'growth_from'],
      ],
      plans.flatMap(({ counts = [], size }) =>
        counts.flatMap(({ cases, clusters }) =>
          COUNT_CASES.map((name) => {
            const { times, until: used } = cases[name];
            // Of what is not carried today no day is told.
            const until = times < 1 ? null : used;
            return [
              ...[size.group, clusters, name, times, until?.date, until?.earliest, until?.latest],
              ...[until?.perMonth, until?.perMonthLow, until?.perMonthHigh, until?.from],
            ];
          }),
        ),
      ),
    ),
  'load.csv': ({ loads, scale }) =>
    csv(
      ['group', 'seconds_since_start', 'arrivals_per_s', 'busy_slots', 'at'],
      loads.flatMap((l) =>
        l.quarters.map((q) => {
          const at = new Date(Date.parse(l.peakAt) - l.peak.fromMs + q.atMs).toISOString();
          return [l.group, q.atMs / 1000, q.perSecond * scale, q.busySlots * scale, at];
        }),
      ),
    ),
  'groups.csv': ({ loads, scale }) =>
    csv(
      [
        ...['group', 'queries', 'peak_at', 'peak_per_s', 'peak_busy_slots', 'mean_service_ms', 'service_scv'],
        ...['burstiness', 'growth_per_day', 'growth_low', 'growth_high'],
      ],
      loads.map((l) => [
        ...[l.group, l.queries * scale, l.peakAt, l.peak.perSecond * scale, l.peak.busySlots * scale],
        ...[l.meanServiceMs, l.serviceScv, l.burstiness],
        ...[l.growth?.perDay, l.growth?.low, l.growth?.high],
      ]),
    ),
  'assumptions.csv': ({ assumptions }) =>
    csv(
      ['number', 'assumption'],
      assumptions.map((a, i) => [i + 1, a]),
    ),
  'open.csv': ({ inconclusive }) =>
    csv(
      ['question', 'missing'],
      inconclusive.map((m) => [m.question, m.missing.join('; ')]),
    ),
  'modes.csv': ({ plans }) =>
    csv(
      [
        'group',
        'mode',
        'active',
        'standby',
        'cluster_hours_per_day',
        'cost_per_day',
        'roll_p95_ms',
        'roll_avoidable',
        'kill_p95_ms',
        'kill_avoidable',
        'kill_unavoidable',
        'kill_felt_ms',
        'kill_holds',
      ],
      plans.flatMap((p) =>
        p.modes.map((m) => [
          ...[
            p.size.group,
            m.mode,
            m.active,
            m.standby,
            m.clusterHoursPerDay,
            m.costPerDay,
            m.roll.p95Ms,
            m.roll.avoidable,
          ],
          ...[m.kill.p95Ms, m.kill.avoidable, m.kill.unavoidable, m.kill.recoveredAfterMs, m.kill.holds],
        ]),
      ),
    ),
  'heat-map.csv': ({ plans, timeZone = 'UTC' }) =>
    csv(
      ['group', 'weekday', 'hour', 'time_zone', 'used_share'],
      plans.flatMap((p) =>
        (p.heatMap?.used ?? []).map((used, h) => [
          ...[p.size.group, WEEKDAYS[Math.floor(h / 24)], h % 24, timeZone, used],
        ]),
      ),
    ),
  'balancers.csv': ({ balancers }) =>
    csv(
      [
        'balancer',
        'report_every_ms',
        'p95_ms',
        'p99_ms',
        'queue_mean_ms',
        'queue_p95_ms',
        'variation',
        'longest_pile_up_ms',
        'deepest_pile_up',
        'longest_run',
        'roll_p95_ms',
        'roll_avoidable',
        'death_p95_ms',
        'death_lost',
      ],
      (balancers?.rows ?? []).map((r) => [
        ...[
          r.balancer,
          r.reportEveryMs,
          r.p95Ms,
          r.p99Ms,
          r.queueMeanMs,
          r.queueP95Ms,
          r.variation,
          r.longestPileUpMs,
        ],
        ...[r.deepestPileUp, r.longestRun, r.roll.p95Ms, r.roll.avoidable, r.death.p95Ms, r.death.lost],
      ]),
    ),
  'what-if.csv': ({ whatIf }) =>
    csv(
      [
        'question',
        'group',
        'plan_holds_calm',
        'plan_holds_night_of_rolls',
        'plan_holds_one_rolled',
        'plan_holds_one_lost',
        'plan_p95_ms',
        'clusters_calm',
        'clusters_one_lost',
        'clusters_zone_lost',
        'none_is_enough_because',
        'missing',
        ...['night_from', 'night_queries', 'night_cut', 'night_rolls_over_ms', 'peak_at'],
      ],
      whatIf.map((w) => [
        ...[
          w.name,
          w.group,
          w.night === undefined ? w.withPlan?.holds : undefined,
          w.night === undefined ? undefined : w.withPlan?.holds,
          w.rolled?.holds,
          w.lost?.holds,
          p95Under(w),
          w.needed.calm,
          w.needed.one,
          w.needed.zone,
        ],
        w.because,
        w.missing.join('; '),
        ...[w.night?.from, w.night?.queries, w.night?.cut, w.night?.rollsOverMs, w.peakAt],
      ]),
    ),
  'confirmation.csv': ({ confirmation }) =>
    csv(
      [
        'times_planned',
        'rate_per_s',
        'holds',
        'p95_ms',
        'p95_low_ms',
        'p95_high_ms',
        'avoidable_drops',
        'unavoidable_drops',
        'queries',
        'reasons',
      ],
      (confirmation?.loads ?? []).map((l) => [
        ...[l.times, l.load, l.unclear ? undefined : l.holds, l.p95Ms, ...ends(l.p95Interval)],
        ...[l.avoidable, l.unavoidable, l.queries, l.reasons.join('; ')],
      ]),
    ),
  'predictions.csv': ({ confirmation }) =>
    csv(
      [
        ...['balancer', 'rate_per_s', 'p95_predicted_ms', 'predicted_low_ms', 'predicted_high_ms'],
        ...[
          'p95_measured_ms',
          'measured_low_ms',
          'measured_high_ms',
          'error',
          'variation',
          'queries',
          'doubts',
        ],
      ],
      (confirmation?.balancers ?? []).map((b) => [
        ...[b.balancer, b.load, b.predictedP95Ms, ...ends(b.predictedInterval)],
        ...[b.measuredP95Ms, ...ends(b.measuredInterval), b.error, b.variation, b.queries],
        (b.doubts ?? []).join('; '),
      ]),
    ),
};

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;
