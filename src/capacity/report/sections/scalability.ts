/** Throughput over concurrency with the fitted law, its coefficients with intervals, and the residuals. */
import { formatShare } from '../../../base/units.ts';
import { decimal } from '../../../report/format.ts';
import { type ChartSpec, figure } from '../../../report/html/charts/spec.ts';
import { footnote, nothing, sheet, table } from '../../../report/html/parts.ts';
import { html } from '../../../report/html/template.ts';
import { type Interval, predicted, type ScalabilityFit } from '../../model/fit.ts';
import type { StudySectionBuilder } from '../section.ts';

export const scalability: StudySectionBuilder = ({ measured }) => {
  if (measured === null) return null;
  const { fit } = measured;
  if (fit.kind === 'none')
    return {
      ...{ id: 'scalability', title: 'Scalability', badge: { text: 'open', tone: 'inconclusive' } },
      body: nothing(`No law was fitted. Missing: ${fit.missing.join('; ')}.`),
    };
  const charts = [fitChart(fit), residualChart(fit)];
  return {
    id: 'scalability',
    title: 'Scalability',
    charts,
    body: html`${sheet([
      ['one query at a time', `${withInterval(fit.gamma)} queries/s`],
      ['serialised share α', withInterval(fit.alpha)],
      ['cost of coherence β', withInterval(fit.beta)],
      [
        'runs at once',
        fit.slots === null
          ? 'no limit seen'
          : `${fit.slots}${fit.slotsGiven ? ' (given)' : ' (seen as a plateau)'}`,
      ],
      ['best concurrency', fit.kneeConcurrency === null ? 'no knee seen' : withInterval(fit.kneeConcurrency)],
      ['highest throughput', `${withInterval(fit.peakThroughput)} queries/s`],
      ['goodness', `R² ${fit.rSquared.toFixed(3)}, residuals ${formatShare(fit.error)} on average`],
    ])}
${fit.notes.map((note) => html`<p class="doubt">${note}</p>`)}
${figure(charts[0] as ChartSpec, 'Marks are trials, the line is the law.', pointTable(fit))}
${figure(charts[1] as ChartSpec, 'Marks are trials: measured over fitted, less one.', pointTable(fit))}
${footnote('Universal Scalability Law, least squares of the relative residuals; 95 % intervals by resampling them. Beyond twice the measured concurrency the line is not drawn.')}`,
  };
};

const withInterval = (x: Interval) => `${decimal(x.value)} (${decimal(x.low)} to ${decimal(x.high)})`;

function fitChart(fit: ScalabilityFit): ChartSpec {
  const top = fit.measuredTo * 1.3;
  const line = Array.from({ length: 61 }, (_, i) => 1 + ((top - 1) * i) / 60);
  const upTo = (from: (n: number) => boolean) =>
    line.filter(from).map((n) => [n, predicted(fit, n).throughput] as const);
  return {
    id: 'usl-fit',
    title: 'Throughput over concurrency',
    x: { title: 'queries at once', format: 'count', min: 0, max: top },
    y: { title: 'queries per second', format: 'rate', min: 0 },
    series: [
      {
        name: 'measured',
        colour: 'second',
        shape: 'marks',
        points: fit.points.map((p) => [p.concurrency, p.throughput]),
      },
      { name: 'fitted', colour: 'first', shape: 'line', points: upTo((n) => n <= fit.measuredTo) },
      { name: 'extrapolated', colour: 'quiet', shape: 'dashed', points: upTo((n) => n >= fit.measuredTo) },
    ],
    ...(fit.kneeConcurrency === null || fit.kneeConcurrency.value > top
      ? {}
      : { marks: [{ at: fit.kneeConcurrency.value, label: 'best', colour: 'quiet' as const }] }),
  };
}

function residualChart(fit: ScalabilityFit): ChartSpec {
  return {
    id: 'usl-residuals',
    title: 'Residuals of the fit, per cent',
    x: { title: 'queries at once', format: 'count', min: 0, max: fit.measuredTo * 1.3 },
    y: { title: 'measured over fitted, %', format: 'count' },
    series: [
      {
        name: 'residual',
        colour: 'second',
        shape: 'marks',
        points: fit.points.map((p) => [p.concurrency, 100 * p.residual]),
      },
      {
        name: 'none',
        colour: 'quiet',
        shape: 'dashed',
        points: [
          [0, 0],
          [fit.measuredTo * 1.3, 0],
        ],
      },
    ],
  };
}

function pointTable(fit: ScalabilityFit) {
  return table({
    caption: 'Measured and fitted',
    rows: fit.points,
    columns: [
      { head: 'At once', numeric: true, cell: (p) => p.concurrency },
      { head: 'Measured', numeric: true, cell: (p) => `${decimal(p.throughput)}/s` },
      { head: 'Fitted', numeric: true, cell: (p) => `${decimal(p.fitted)}/s` },
      { head: 'Residual', numeric: true, cell: (p) => formatShare(p.residual) },
    ],
  });
}
