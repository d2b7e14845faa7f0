/**
 * The study: the one file behind `rehearse capacity`. It names the dump, what users were promised, the clusters, what
 * may happen to them, and, where clusters can be measured, the scenario that does it.
 */
import { z } from 'zod';
import { regexProblem } from '../../base/regex.ts';
import { duration } from '../../base/yaml.ts';
import { reading, timeZone } from '../../scenario/sections/dump-reading.ts';
import { expectation } from '../../scenario/sections/expect.ts';
import { clusterName } from '../../scenario/sections/names.ts';
import { SIM_BALANCER_NAMES, type SimBalancerName } from '../simulate/balancers/index.ts';

/** A regular expression; a broken one is told before any work is done. */
const regex = z.string().superRefine((pattern, ctx) => {
  const problem = regexProblem(pattern);
  if (problem !== undefined) ctx.addIssue({ code: 'custom', message: problem });
});

/** What a scenario's own checks say of its expectations, as far as a study has them. */
const studyExpectation = expectation.superRefine(({ group, recorded, when }, ctx) => {
  if ((group === undefined) === (recorded === undefined))
    ctx.addIssue({ code: 'custom', message: 'expected exactly one of group and recorded' });
  for (const key of ['source', 'user'] as const) {
    const match = when?.[key];
    const problem = typeof match === 'object' ? regexProblem(match.matches) : undefined;
    if (problem !== undefined)
      ctx.addIssue({ code: 'custom', path: ['when', key, 'matches'], message: problem });
  }
});

const growth = z.union([z.literal('dump'), z.number().min(-0.5).max(1)]);

/** The shortest stretch that a peak is looked for: arrivals are counted by the minute. */
const SHORTEST_PEAK_MS = 60_000;

const balancer = z.enum(SIM_BALANCER_NAMES as [SimBalancerName, ...SimBalancerName[]]);

const objectives = z.strictObject({
  p95: duration().describe('95th percentile of the response time'),
  queueTime: duration().optional().describe('95th percentile of the time in queues'),
  drops: z
    .number()
    .min(0)
    .max(1)
    .default(0.001)
    .describe('share of queries that may be lost, 0.001 is 0.1 %'),
});

/** What a study promises; a group may be promised something else. */
const promises = objectives.extend({
  groups: z
    .record(z.string(), objectives.partial().extend({ drops: z.number().min(0).max(1).optional() }))
    .default({})
    .describe(
      'what other groups were promised, as in `{etl: {p95: 10m}}`; what is not named there holds as above',
    ),
});

const search = z.strictObject({
  from: z.number().positive().default(2).describe('first load, thought to be safe; queries per second'),
  upTo: z.number().positive().default(200).describe('highest load that may be tried'),
  step: z.number().min(1.1).max(4).default(1.6).describe('each step up is so many times the one before'),
  precision: z.number().min(0.01).max(0.5).default(0.05).describe('width of the answer, as a share of it'),
  confirmations: z.int().min(0).max(5).default(2).describe('trials more on each side at the end'),
  mostTrials: z.int().min(4).max(500).default(60),
});

const measure = z
  .strictObject({
    scenario: z
      .string()
      .describe('scenario of one cluster (or one group) to be measured; its timeline is not played'),
    objectives: objectives
      .optional()
      .describe('what the measured clusters must meet; without it, those of the study'),
    search: search.prefault({}),
    ladder: z
      .array(z.int().min(1))
      .default([1, 2, 4, 8, 12, 16, 24, 32])
      .describe('queries at once, for the scalability law'),
    repeats: z.int().min(1).max(10).default(2).describe('trials at each step of the ladder'),
    trial: duration()
      .prefault('20s')
      .describe('measured stretch of a trial; at a low rate longer, until 200 queries have come'),
    warmUp: duration().prefault('4s').describe('before it'),
    maxQueued: z.int().positive().default(500).describe('stop a trial when more queries wait on one cluster'),
    maxHeap: z.number().min(0.1).max(1).default(0.95).describe('or when its heap is fuller than this'),
  })
  .describe('what is found out by putting load on clusters');

const confirm = z
  .strictObject({
    scenario: z.string().describe('scenario of a group of clusters; its timeline rolls one and kills one'),
    objectives: objectives.optional(),
    tryLoads: z.boolean().default(true).describe('false: only the balancers are compared'),
    overload: z
      .number()
      .min(1)
      .default(1.3)
      .describe('and so many times the planned load must break the objectives'),
    duration: duration().prefault('40s').describe('how long each load is kept up'),
    planned: z
      .number()
      .positive()
      .optional()
      .describe('planned load, queries per second; without it, as simulated'),
    balancers: z
      .array(balancer)
      .default([])
      .describe('measured and predicted p95 are compared for these, timeline off'),
    compared: z
      .int()
      .min(200)
      .default(1_200)
      .describe('queries of each balancer that its p95 is measured by, at least'),
    utilisation: z
      .number()
      .min(0.1)
      .max(0.95)
      .default(0.7)
      .describe('load of that comparison, as a share of all slots'),
  })
  .describe('the plan is proven by doing it');

export const whatIfSchema = z.strictObject({
  name: z.string().min(1),
  users: z.number().positive().default(1).describe('so many times the users'),
  sources: z
    .array(
      z.strictObject({
        match: regex.describe('regular expression (RE2), found anywhere in the source'),
        factor: z.number().min(0),
        shorterThan: duration().optional().describe('only statements that take less'),
      }),
    )
    .default([]),
  openPerUser: z.int().positive().optional().describe('quota: queries that a user may have open at once'),
  zones: z.int().min(1).optional().describe('spread over so many zones'),
  rollEveryNight: z
    .boolean()
    .default(false)
    .describe('all clusters of a group, one after another, from 02:00 by `timeZone`'),
});

/** More often takes the simulation longer than the load itself. */
const FASTEST_REPORTS_MS = 100;

const reports = () => duration().refine((ms) => ms >= FASTEST_REPORTS_MS, 'expected 100ms or more');

const minutes = () =>
  duration().refine(
    (ms) => ms >= SHORTEST_PEAK_MS,
    'expected a minute or more: arrivals are counted by the minute',
  );

/** The whole study file. */
export const studySchema = z.strictObject({
  name: clusterName.describe('names the folder of the report'),
  description: z.string().default(''),
  seed: z.int().min(0).default(1),
  timeZone: timeZone()
    .default('UTC')
    .describe(
      'by whose clocks the report tells peaks, nights and hours of the week, such as `Europe/Berlin`',
    ),
  dump: z.strictObject(reading).omit({ sample: true }).describe('the recorded load that is planned for'),
  load: z
    .strictObject({
      scale: z.number().positive().default(1).describe('the dump holds one in so many users'),
      growth: z
        .union([growth, z.record(z.string(), growth)])
        .default('dump')
        .describe(
          'growth of the load by month, 0.04 is 4 %; `dump`: each group’s own, read from a dump of two weeks or more; or by group, as in `{bi: 0.04, etl: dump}`, where groups that are not named are read from the dump',
        ),
      spread: duration()
        .prefault('30m')
        .describe('with `scale` above 1: hours that lie so far apart are alike but for chance'),
      turn: minutes()
        .prefault('5m')
        .describe(
          'without `scale`: copies for more users are moved within stretches of this length, so what users do together for longer stays together',
        ),
      peakWindow: z
        .union([minutes(), z.record(z.string(), minutes())])
        .prefault('15m')
        .describe(
          'the peak is the busiest stretch of this length, a minute or more; or by group, as in `{bi: 15m, etl: 60m}`, 15m where a group is not named',
        ),
    })
    .prefault({}),
  expect: z
    .array(studyExpectation)
    .default([])
    .describe('which group a query belongs to, as in a scenario; others are left out'),
  objectives: promises.describe('what users were promised'),
  cluster: z
    .strictObject({
      slots: z.int().positive().default(40).describe('queries that run at once (hardConcurrencyLimit)'),
      maxQueued: z.int().min(0).default(1_000),
      alpha: z
        .number()
        .min(0)
        .default(0)
        .describe('contention by the scalability law; a measurement replaces it'),
      beta: z.number().min(0).default(0),
      costPerHour: z.number().positive().max(1e9).default(1).describe('of one running cluster, in any unit'),
      start: duration().prefault('90s').describe('from nothing to taking queries'),
      drain: duration().prefault('10m').describe('patience of a roll'),
    })
    .prefault({}),
  zones: z.int().min(1).max(12).default(3),
  gateway: z
    .strictObject({
      nodes: z.int().min(1).max(200).default(2),
      balancer: balancer.default('least-loaded'),
      reportEvery: reports().prefault('5s').describe('how old the clusters’ counts get'),
      staleReportEvery: reports()
        .prefault('60s')
        .describe('the same where balancers with stale counts are simulated (the Java gateway’s default)'),
      detect: duration().prefault('2s').describe('from a kill until no query is sent there'),
      hold: duration().prefault('20s'),
      openPerUser: z.int().positive().optional().describe('quota: queries that a user may have open at once'),
    })
    .prefault({}),
  balancers: z
    .array(balancer)
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'expected each balancer once')
    .default([...SIM_BALANCER_NAMES])
    .describe('compared with each other'),
  whatIf: z
    .array(whatIfSchema)
    .refine(
      (all) => new Set(all.map((w) => w.name)).size === all.length,
      'expected a name of its own for each question',
    )
    .default([]),
  measure: measure.optional(),
  confirm: confirm.optional(),
});

export type Study = z.output<typeof studySchema>;
export type StudyObjectives = z.output<typeof objectives>;
export type WhatIf = Study['whatIf'][number];

/** What a group was promised: its own objectives, and the study's where it has none. */
export function objectivesOf({ objectives }: Study, group: string): StudyObjectives {
  const { groups, ...all } = objectives;
  const own = Object.hasOwn(groups, group) ? groups[group] : undefined;
  return {
    p95: own?.p95 ?? all.p95,
    queueTime: own?.queueTime ?? all.queueTime,
    drops: own?.drops ?? all.drops,
  };
}

const PEAK_WINDOW_MS = 15 * SHORTEST_PEAK_MS;

/** How long the peak of a group is looked for, milliseconds. */
export function peakWindowOf({ load: { peakWindow } }: Study, group: string): number {
  if (typeof peakWindow === 'number') return peakWindow;
  return (Object.hasOwn(peakWindow, group) ? peakWindow[group] : undefined) ?? PEAK_WINDOW_MS;
}
