/** The capacity curve: p95 over load, the knee with its interval, the objective, and every trial. */
import { formatCount } from '../../../base/units.ts';
import { DASH, decimal, ms } from '../../../report/format.ts';
import { type ChartSpec, figure, wantsLogarithm } from '../../../report/html/charts/spec.ts';
import { badge, footnote, nothing, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import type { TrialJudgement } from '../../search/judge.ts';
import type { Measured, QueueingCheck } from '../../study/record.ts';
import { inTheLongRun } from '../knee-words.ts';
import type { StudySectionBuilder } from '../section.ts';

const TONES = { holds: 'pass', breaks: 'fail', unclear: 'inconclusive' } as const;

/** A cluster is planned to be used up to this share of its knee when one of three may be missing. */
export const curve: StudySectionBuilder = ({ measured }) => {
  if (measured === null)
    return {
      id: 'curve',
      title: 'Capacity curve',
      body: nothing('No cluster was measured: the study has no `measure` section, or load was switched off.'),
    };
  const { knee, kneeError } = measured;
  const chart = curveChart(measured);
  const answer =
    knee.kind === 'found'
      ? html`<p>${measured.title}: the objectives hold up to <strong>${decimal(knee.low)} queries/s</strong> and are broken from <strong>${decimal(knee.high)} queries/s</strong> on (${knee.trials.length} trials).${kneeError && html` By what was measured of the cluster it is ${inTheLongRun(kneeError)}.`}</p>`
      : html`<p class="doubt"><strong>No knee was found.</strong> Missing: ${knee.missing.join('; ')}.</p>`;
  return {
    id: 'curve',
    title: 'Capacity curve',
    ...(knee.kind === 'found' ? {} : { badge: { text: 'open', tone: 'inconclusive' as const } }),
    charts: [chart],
    body: html`${measured.simulated && html`<p class="simulated"><strong>Simulated clusters.</strong> Their speed is invented; the method is real.</p>`}
${measured.from !== '' && footnote(`Taken over from ${measured.from}.`)}
${answer}
${figure(chart, 'One mark for each trial; the knee is shaded, the objective is the dashed line.', trialTable(knee.trials))}
${measured.queueing !== null && queueingTable(measured.queueing)}`,
  };
};

function curveChart({ knee, p95LimitMs }: Measured): ChartSpec {
  const byLoad = [...Map.groupBy(knee.trials, (t) => t.load)].sort(([a], [b]) => a - b);
  const mean = (ts: readonly TrialJudgement[], of: (t: TrialJudgement) => number) =>
    ts.reduce((sum, t) => sum + of(t), 0) / ts.length;
  const p95 = byLoad.map(([load, ts]) => [load, mean(ts, (t) => t.p95Ms)] as const);
  const p50 = byLoad.map(([load, ts]) => [load, mean(ts, (t) => t.p50Ms)] as const);
  const loads = byLoad.map(([load]) => load);
  const [first, last] = [Math.min(...loads), Math.max(...loads)];
  return {
    id: 'capacity-curve',
    title: 'Response time over load',
    x: { title: 'queries per second', format: 'rate', min: 0, max: last * 1.05 },
    y: { title: 'response time', format: 'ms', logarithmic: wantsLogarithm(p95.map(([, y]) => y)) },
    series: [
      { name: 'p95', colour: 'first', shape: 'line', points: p95 },
      { name: 'p50', colour: 'third', shape: 'line', points: p50 },
      {
        name: 'objective for p95',
        colour: 'limit',
        shape: 'dashed',
        points: [
          [first, p95LimitMs],
          [last, p95LimitMs],
        ],
      },
    ],
    ...(knee.kind === 'found'
      ? {
          bands: [{ from: knee.low, to: knee.high, title: 'knee', colour: 'kill' as const }],
          marks: [{ at: (2 / 3) * knee.low, label: 'with 1 of 3 lost', colour: 'quiet' as const }],
        }
      : {}),
  };
}

function trialTable(trials: readonly TrialJudgement[]) {
  return table<TrialJudgement>({
    caption: 'Every trial, in order',
    rows: trials,
    columns: [
      { head: 'Load', numeric: true, cell: (t) => `${decimal(t.load)}/s` },
      { head: 'Verdict', cell: (t) => badge(TONES[t.verdict], t.verdict) },
      { head: 'p50', numeric: true, cell: (t) => ms(t.p50Ms) },
      { head: 'p95', numeric: true, cell: (t) => ms(t.p95Ms) },
      { head: 'In queues', numeric: true, cell: (t) => ms(t.queuedMs) },
      { head: 'Ended', numeric: true, cell: (t) => `${decimal(t.throughput)}/s` },
      { head: 'Queries', numeric: true, cell: (t) => formatCount(t.queries) },
      { head: 'Why', wraps: 'long', cell: (t) => (t.reasons.length === 0 ? DASH : t.reasons.join('; ')) },
    ],
  });
}

function queueingTable(q: QueueingCheck) {
  return html`${table<QueueingCheck>({
    caption: 'The queueing model beside the measurement, at the highest load that held',
    rows: [q],
    columns: [
      { head: 'Load', numeric: true, cell: (r) => `${decimal(r.rate)}/s` },
      { head: 'p95 measured', numeric: true, cell: (r) => ms(r.measuredP95Ms) },
      { head: 'p95 predicted', numeric: true, cell: (r) => ms(r.predictedP95Ms) },
      { head: 'Mean wait, simulated', numeric: true, cell: (r) => ms(r.simulatedWaitMs) },
      { head: 'Mean wait, Allen–Cunneen', numeric: true, cell: (r) => ms(r.allenCunneenWaitMs) },
    ],
  })}${footnote(`Service times as measured one at a time (mean ${ms(q.serviceMeanMs)}, CV² ${decimal(q.serviceScv)}), ${q.slots} slots, contention as fitted. Where they differ the measurement wins.`)}`;
}
