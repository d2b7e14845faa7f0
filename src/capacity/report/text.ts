/** A study's answers for a terminal. */
import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import { counted } from '../../report/format.ts';
import { oneLine, plain } from '../../report/plain.ts';
import { COUNT_CASES } from '../plan/counts.ts';
import type { StudyRecord } from '../study/record.ts';
import { todayOf } from '../study/until.ts';
import { COUNT_WORDS, carriedWords } from './count-words.ts';
import { inTheLongRun } from './knee-words.ts';
import { neededUnder, nightWords, peakWords, planUnder } from './what-if-words.ts';

export function studyText(record: StudyRecord, dir: string): string {
  return [
    `${record.name}: ${record.paragraph}`,
    ...leftOutLines(record),
    ...(record.dump.doubts ?? []).map((doubt) => oneLine(`doubt: ${doubt}`)),
    '',
    ...kneeLines(record),
    ...planLines(record),
    ...countLines(record),
    ...balancerLines(record),
    ...whatIfLines(record),
    ...confirmationLines(record),
    ...record.inconclusive.map((m) => oneLine(`open        ${m.question} Missing: ${m.missing.join('; ')}`)),
    '',
    `report      ${dir}/index.html`,
  ]
    .map((lines) => lines.split('\n').map(plain).join('\n'))
    .join('\n');
}

function kneeLines({ measured }: StudyRecord): string[] {
  if (measured === null) return [];
  const { knee, title, kneeError } = measured;
  if (knee.kind === 'inconclusive') return [`knee        inconclusive: ${knee.missing.join('; ')}`];
  return [
    `knee        ${short(knee.low)} to ${short(knee.high)} queries/s on ${title}`,
    ...(kneeError ? [`            ${inTheLongRun(kneeError)}`] : []),
  ];
}

function planLines({ plans }: StudyRecord): string[] {
  return plans.map(({ size }) => {
    const cases = size.cases.map((c) => `${c.case} ${c.clusters ?? 'none'}`).join(' · ');
    const planned = size.planned === null ? '' : ` → plan ${size.planned}`;
    const missing = size.missing.length > 0 ? `  (${size.missing.join('; ')})` : '';
    return `${oneLine(size.group).padEnd(11)} ${cases}${planned}${missing}`;
  });
}

function leftOutLines({ dump, leftOut }: StudyRecord): string[] {
  if (leftOut === undefined || leftOut === 0) return [];
  const share = formatShare(leftOut / (dump.accepted || 1));
  return [
    `left out: ${formatCount(leftOut)} of ${formatCount(dump.accepted)} queries (${share}) belong to no group of the study (expect)`,
  ];
}

/** What each number of clusters carries, and until when. */
function countLines(record: StudyRecord): string[] {
  const today = todayOf(record);
  return record.plans.flatMap(({ counts = [], size }) => [
    ...(counts.length === 0
      ? []
      : ['', `clusters of ${oneLine(size.group)}, until when they carry the peak`]),
    ...counts.map(({ cases, clusters }) => {
      const cells = COUNT_CASES.map((name) => `${COUNT_WORDS[name]} ${carriedWords(cases[name], today)}`);
      return `  ${String(clusters).padStart(3)}  ${cells.join(' · ')}`;
    }),
  ]);
}

function balancerLines({ balancers }: StudyRecord): string[] {
  if (balancers === null) return ['', 'balancers   not compared: no group could be planned'];
  const { clusters, group, rows, times } = balancers;
  const ms = (value: number) => formatMs(value).padStart(8);
  return [
    '',
    `balancers on ${counted(clusters, 'cluster')} of ${oneLine(group)} at ${short(times)} times the load`,
    ...rows.map((r) =>
      [
        `  ${r.balancer.padEnd(18)} p95 ${ms(r.p95Ms)}  p99 ${ms(r.p99Ms)}  queue ${ms(r.queueMeanMs)}`,
        `longest pile-up ${ms(r.longestPileUpMs)}  CV ${r.variation?.toFixed(2) ?? '–'}`,
      ].join('  '),
    ),
    '',
  ];
}

function whatIfLines({ timeZone, whatIf }: StudyRecord): string[] {
  return whatIf.map((w) => {
    const tried = planUnder(w);
    const night = w.night === undefined ? '' : ` (${nightWords(w.night, timeZone)})`;
    const moved = peakWords(w, timeZone);
    const peak = moved === '' ? '' : `${moved}; `;
    const plan = tried === '' ? '' : `${peak}the plan: ${tried}${night}; `;
    return oneLine(`what if ${w.name} (${w.group}): ${plan}${neededUnder(w)}`);
  });
}

function confirmationLines({ confirmation }: StudyRecord): string[] {
  if (confirmation === null) return [];
  return [
    ...confirmation.loads.map((l) => {
      const why = l.reasons.length > 0 ? ` (${l.reasons.join(', ')})` : '';
      const what = l.unclear ? 'unclear' : l.holds ? 'held' : 'broke';
      return `tried       ${l.times} × planned (${short(l.load)}/s): ${what}, p95 ${formatMs(l.p95Ms)}${why}`;
    }),
    ...confirmation.balancers.map((b) => {
      const error = `${b.error >= 0 ? '+' : ''}${Math.round(100 * b.error)} %`;
      const measured = within(b.measuredP95Ms, b.measuredInterval);
      const predicted = within(b.predictedP95Ms, b.predictedInterval);
      const doubts = b.doubts?.length ? `; ${b.doubts.join(', ')}` : '';
      return `balancer    ${b.balancer}: p95 ${measured} measured, ${predicted} predicted (${error})${doubts}`;
    }),
  ];
}

/** `1.24 s [1.14 s, 1.4 s]`. */
function within(p95Ms: number, range: readonly [number, number] | null | undefined): string {
  return range ? `${formatMs(p95Ms)} [${range.map(formatMs).join(', ')}]` : formatMs(p95Ms);
}

const short = (x: number) => String(Number(x.toPrecision(3)));
