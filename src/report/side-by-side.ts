/** Two runs of one scenario beside each other, as Markdown: what each gateway cost the same users. */
import { formatCount } from '../base/units.ts';
import type { ActionSummary } from '../measure/summary/summary.ts';
import { blameNote, dropsIn } from './facts.ts';
import { DASH, ms } from './format.ts';
import type { ReportInput } from './input.ts';

type Judged = Pick<ReportInput, 'info' | 'summary'>;

const ROWS: readonly (readonly [string, (run: Judged) => string])[] = [
  ['gateway', ({ info }) => info.gateway],
  ['queries planned', ({ summary }) => formatCount(summary.total.planned)],
  ['finished', ({ summary }) => formatCount(summary.total.counts.finished)],
  ['dropped', ({ summary }) => formatCount(dropsIn(summary.total.counts))],
  ['… by blame', ({ summary }) => blameNote(summary)],
  ['rolls that came to their end', ({ summary }) => done(summary.actions, 'roll')],
  ['rolls without a drop', ({ summary }) => clean(summary.actions, 'roll')],
  ['kills', ({ summary }) => done(summary.actions, 'kill')],
  ['dropped at kills', ({ summary }) => sum(summary.actions, 'kill')],
  ['longest first to last drop', ({ summary }) => longest(summary.actions, (a) => a.burstMs)],
  [
    'longest wait for a good query after a kill',
    ({ summary }) => longest(ofKind(summary.actions, 'kill'), (a) => a.firstGoodMs),
  ],
  ['held up more than 1 s', ({ summary }) => formatCount(summary.heldUp.count)],
  ['… at most', ({ summary }) => (summary.heldUp.count === 0 ? DASH : ms(summary.heldUp.longestMs))],
  ['service time, median', (run) => quantile(run, 'p50')],
  ['service time, 95th percentile', (run) => quantile(run, 'p95')],
];

/** A table with a column for each run; says when they were not runs of the same thing. */
export function sideBySide(base: Judged, run: Judged): string {
  const same = base.info.name === run.info.name && base.info.planned.sha256 === run.info.planned.sha256;
  const warning = same ? '' : '\nThese are not runs of the same plan: read the figures with care.\n';
  const rows = ROWS.map(([label, of]) => `| ${label} | ${of(base)} | ${of(run)} |`);
  const head = `| ${base.info.name} | ${base.info.id} | ${run.info.id} |\n|---|---|---|`;
  return `${head}\n${rows.join('\n')}\n${warning}`;
}

const ofKind = (actions: readonly ActionSummary[], kind: ActionSummary['kind']) =>
  actions.filter((action) => action.kind === kind);

function done(actions: readonly ActionSummary[], kind: ActionSummary['kind']): string {
  const all = ofKind(actions, kind);
  return all.length === 0 ? DASH : `${all.filter((action) => action.ok).length} of ${all.length}`;
}

function clean(actions: readonly ActionSummary[], kind: ActionSummary['kind']): string {
  const all = ofKind(actions, kind);
  return all.length === 0 ? DASH : `${all.filter((action) => action.drops === 0).length} of ${all.length}`;
}

function sum(actions: readonly ActionSummary[], kind: ActionSummary['kind']): string {
  const all = ofKind(actions, kind);
  return all.length === 0 ? DASH : formatCount(all.reduce((total, action) => total + action.drops, 0));
}

function longest(actions: readonly ActionSummary[], of: (action: ActionSummary) => number | null): string {
  const values = actions.map(of).filter((value) => value !== null);
  return values.length === 0 ? DASH : ms(Math.max(...values));
}

function quantile({ summary }: Judged, name: 'p50' | 'p95'): string {
  const row = summary.latency.find((r) => r.by === 'all' && r.arm === 'gateway' && r.clock === 'service');
  const value = row?.quantiles[name] ?? null;
  return value === null ? DASH : `${row?.atLeast.includes(name) ? '≥ ' : ''}${ms(value)}`;
}
