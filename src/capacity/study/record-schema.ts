/**
 * The record of a study as it is read back: `capacity.json` comes from a folder that anything may have happened to.
 * Unknown keys are kept, so that what a later version adds survives; figures that JSON cannot hold (NaN) are null there.
 */
import { z } from 'zod';
import { isTimeZone } from '../../base/time-zone.ts';
import { MODES } from '../plan/modes.ts';
import { SIZE_CASES } from '../plan/size.ts';
import { SIM_BALANCER_NAMES, type SimBalancerName } from '../simulate/balancers/index.ts';
import type { Measured, StudyRecord } from './record.ts';

const number = z.number();
const text = z.string();
const texts = z.array(text);
const yes = z.literal(true);
const positive = number.positive();
const notNegative = number.min(0);
/** Clusters: whole ones. */
const some = z.int().min(1);
const orNull = <T extends z.ZodType>(type: T) => type.nullable();
/** A figure that a simulation or trial without a query does not have. */
const figure = z.union([number, z.null().transform(() => Number.NaN)]);
const balancer = z.enum(SIM_BALANCER_NAMES as [SimBalancerName, ...SimBalancerName[]]);

const dump = z.looseObject({
  ...{ files: texts, format: text, because: text, rows: number, accepted: number, badRows: number },
  firstBad: z.array(
    z.looseObject({ origin: z.looseObject({ file: text, line: number }), reason: text }).readonly(),
  ),
  ...{ badByReason: z.record(text, number), lost: texts, sha256: text },
  ...{ firstAtMs: orNull(number), lastAtMs: orNull(number) },
});

const growth = orNull(z.looseObject({ perDay: number, low: number, high: number, days: number }));

const load = z.looseObject({
  growth: growth.exactOptional(),
  ...{ group: text, queries: number, meanServiceMs: number, serviceScv: figure, burstiness: figure },
  peak: z.looseObject({
    ...{ fromMs: number, toMs: number, queries: number, perSecond: number, busySlots: number },
  }),
  peakAt: text,
  mix: z.array(z.looseObject({ source: text, queries: number, work: number })),
  quarters: z.array(z.looseObject({ atMs: number, perSecond: number, busySlots: number })),
});

/** No search or ladder has more. */
const MOST_TRIALS = 10_000;

const trials = z
  .array(
    z.looseObject({
      ...{ load: number, verdict: z.enum(['holds', 'breaks', 'unclear']), reasons: texts },
      ...{ p95Ms: figure, p50Ms: figure, throughput: figure, dropShare: figure, queuedMs: orNull(number) },
      ...{ steady: z.boolean(), queries: number, strain: figure },
    }),
  )
  .max(MOST_TRIALS);
const loadKind = z.enum(['rate', 'concurrency']);
const knee = z.discriminatedUnion('kind', [
  z
    .looseObject({
      ...{
        kind: z.literal('found'),
        loadKind,
        low: notNegative,
        high: positive,
        estimate: notNegative,
        trials,
      },
    })
    .refine(({ high, low }) => low < high, 'expected the knee’s low below its high'),
  z.looseObject({
    ...{ kind: z.literal('inconclusive'), loadKind, missing: texts, low: orNull(number), trials },
    why: z.enum(['below-range', 'above-range', 'unclear', 'trials-used-up', 'interrupted']),
  }),
]);

const interval = (of: typeof number) => z.looseObject({ value: of, low: number, high: number });
const fit = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('none'), missing: texts }),
  z.looseObject({
    ...{
      kind: z.literal('fit'),
      gamma: interval(positive),
      alpha: interval(notNegative),
      beta: interval(notNegative),
    },
    ...{
      slots: orNull(z.int().positive()),
      slotsGiven: z.boolean(),
      kneeConcurrency: orNull(interval(number)),
    },
    ...{
      peakThroughput: interval(number),
      rSquared: figure,
      error: figure,
      measuredTo: number,
      notes: texts,
    },
    points: z
      .array(z.looseObject({ concurrency: number, throughput: number, fitted: figure, residual: figure }))
      .max(MOST_TRIALS),
  }),
]);

/** What was measured, alone: a study keeps it before it has a record. */
export const measuredSchema: z.ZodType<Measured> = z.looseObject({
  ...{ from: text, title: text, simulated: z.boolean(), knee, fit, p95LimitMs: number },
  ...{ aloneMs: orNull(positive), recordedMs: orNull(positive) },
  queueing: orNull(
    z.looseObject({
      ...{ rate: number, slots: number, serviceMeanMs: figure, serviceScv: figure, predictedP95Ms: figure },
      ...{ measuredP95Ms: figure, allenCunneenWaitMs: figure, simulatedWaitMs: figure },
    }),
  ),
  kneeError: orNull(
    z.looseObject({
      ...{ searches: number, trialMs: number, biasShare: number, sdShare: number },
      ...{ estimate: number, low: number, high: number },
    }),
  ).exactOptional(),
});

const caseFigures = {
  ...{ p95Ms: figure, queueP95Ms: figure, avoidable: number, unavoidable: number },
  utilisation: figure,
};
const range = z.tuple([number, number]);
const size = z.looseObject({
  group: text,
  cases: z.array(
    z.looseObject({
      ...{ case: z.enum(SIZE_CASES), clusters: orNull(number), oneFewer: texts },
      figures: orNull(z.looseObject(caseFigures)),
    }),
  ),
  headroom: orNull(
    z.looseObject({
      ...{ calm: number, kill: number },
      ...{ calmRange: range.exactOptional(), killRange: range.exactOptional() },
      ...{ calmAtLeast: yes.exactOptional(), killAtLeast: yes.exactOptional() },
    }),
  ),
  ...{ planned: orNull(some), missing: texts, idleP95Ms: number.exactOptional() },
  draws: number.exactOptional(),
  drainTooShort: text.exactOptional(),
});
const held = z.looseObject({ ...caseFigures, holds: z.boolean(), recoveredAfterMs: orNull(number) });
const exhaustion = orNull(
  z.looseObject({
    ...{ perMonth: number, from: z.enum(['study', 'dump']), days: orNull(number), date: orNull(text) },
    ...{ perMonthLow: number.exactOptional(), perMonthHigh: number.exactOptional() },
    ...{ earliest: orNull(text), latest: orNull(text), notBefore: yes.exactOptional() },
  }),
);
const carried = z.looseObject({ times: number, until: exhaustion, atLeast: yes.exactOptional() });
const plan = z.looseObject({
  p95Ms: number.exactOptional(),
  size,
  modes: z.array(
    z.looseObject({
      mode: z.enum(MODES),
      ...{ meaning: text, active: number, standby: number, clusterHoursPerDay: number, costPerDay: number },
      ...{ roll: held, kill: held },
    }),
  ),
  heatMap: orNull(z.looseObject({ group: text, used: z.array(orNull(number)).max(168), hoursKnown: number })),
  exhaustion,
  counts: z
    .array(
      z.looseObject({
        clusters: number,
        cases: z.looseObject({ calm: carried, roll: carried, kill: carried }),
      }),
    )
    .exactOptional(),
  byKnee: orNull(number),
});

const balancers = z.looseObject({
  ...{ group: text, clusters: number, times: number, queries: number },
  rows: z.array(
    z.looseObject({
      ...{ balancer, reportEveryMs: number, p95Ms: figure, p99Ms: figure, queueMeanMs: figure },
      ...{ queueP95Ms: figure, variation: orNull(number), longestPileUpMs: number, deepestPileUp: number },
      longestRun: number,
      roll: z.looseObject({ p95Ms: figure, avoidable: number, recoveredAfterMs: orNull(number) }),
      death: z.looseObject({ p95Ms: figure, lost: number, recoveredAfterMs: orNull(number) }),
      windows: z.array(
        z.looseObject({
          ...{ startMs: number, arrived: number, finished: number, drops: number },
          ...{ p95Ms: orNull(number), open: z.array(number) },
        }),
      ),
    }),
  ),
});

const check = z.looseObject({ holds: z.boolean(), broken: texts });
const whatIf = z.looseObject({
  ...{ rolled: check.exactOptional(), lost: check.exactOptional() },
  ...{ name: text, group: text, missing: texts, because: text.exactOptional() },
  peakAt: z.iso.datetime().exactOptional(),
  night: z
    .looseObject({
      from: z.iso.datetime(),
      queries: number,
      cut: number.exactOptional(),
      p95Judged: z.boolean(),
      rollsOverMs: orNull(number),
    })
    .exactOptional(),
  withPlan: orNull(z.looseObject({ ...caseFigures, holds: z.boolean(), broken: texts })),
  needed: z.looseObject({ calm: orNull(some), one: orNull(some), zone: orNull(some) }),
});

const bounds = orNull(z.tuple([number, number])).exactOptional();

const confirmation = z.looseObject({
  sharedMachine: z.boolean().exactOptional(),
  ...{ title: text, simulated: z.boolean(), plannedFrom: z.enum(['study', 'simulation']) },
  loads: z.array(
    z.looseObject({
      ...{ load: number, times: number, p95Ms: figure, dropShare: figure, avoidable: number },
      ...{ unavoidable: number, holds: z.boolean(), reasons: texts, actions: texts, queries: number },
      ...{ p95Interval: bounds, unclear: yes.exactOptional() },
    }),
  ),
  confirmed: orNull(z.boolean()),
  balancers: z.array(
    z.looseObject({
      ...{ balancer: text, load: number, predictedP95Ms: figure, measuredP95Ms: figure, error: figure },
      ...{ variation: figure, queries: number, measuredInterval: bounds },
      ...{ predictedInterval: range.exactOptional(), doubts: texts.exactOptional() },
    }),
  ),
  missing: texts.exactOptional(),
});

export const studyRecordSchema: z.ZodType<StudyRecord> = z.looseObject({
  formatVersion: z.literal(1),
  ...{ id: text, name: text, description: text, startedAt: z.iso.datetime(), finishedAt: z.iso.datetime() },
  versions: z.record(text, text),
  machine: z.record(text, z.union([text, number])),
  ...{ command: texts, seed: number, study: z.unknown(), dump, assumptions: texts, scale: number },
  cluster: z.looseObject({
    ...{ slots: number, maxQueued: number, serviceScale: number, startMs: number, drainMs: number },
    ...{ costPerHour: number, contention: z.looseObject({ alpha: number, beta: number }) },
  }),
  objectives: z.looseObject({ p95Ms: number, queueMs: orNull(number), drops: number }),
  loads: z.array(load),
  growth,
  ...{ measured: orNull(measuredSchema), plans: z.array(plan), balancers: orNull(balancers) },
  ...{ whatIf: z.array(whatIf), confirmation: orNull(confirmation), paragraph: text },
  leftOut: number.exactOptional(),
  timeZone: text.refine(isTimeZone, 'expected a time zone').exactOptional(),
  together: z.looseObject({ at: z.iso.datetime(), perSecond: number }).exactOptional(),
  inconclusive: z.array(z.looseObject({ question: text, missing: texts })),
});
