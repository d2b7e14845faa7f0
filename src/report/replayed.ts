/** How much of the dump was replayed, and why not more: plan, copies, what was sent, what was left, and what ended it. */
import { fieldsOf } from '../base/lines.ts';
import { formatCount } from '../base/units.ts';
import type { RunInfo } from '../measure/record/run-info.ts';
import type { Summary } from '../measure/summary/summary.ts';
import { leftOfPlan, sentCount } from './facts.ts';
import { counted } from './format.ts';
import type { ReportInput } from './input.ts';
import { oneLine } from './plain.ts';

type Input = Pick<ReportInput, 'info' | 'summary'>;

/** One sentence each, without a full stop; none where the plan is the dump and all of it was sent once. */
export function replayedLines(input: Input): readonly string[] {
  const { info, summary } = input;
  return [planLine(info), sentLine(input), ...readLines(info), cutLine(info, summary)].filter(
    (line) => line !== '',
  );
}

/** Why the replay ended early, in the words of whoever ended it; '' where it was through. */
function endWords({ endedBecause, interrupted, stopped }: RunInfo): string {
  if (interrupted) return 'it was interrupted';
  return stopped ?? endedBecause ?? '';
}

function planLine({ plan }: RunInfo): string {
  if (plan === undefined || plan.clones === 1) return '';
  const { clones, queries, records } = plan;
  return `${counted(records, 'query', 'queries')} of the dump, each in ${formatCount(clones)} copies (load.clones): a plan of ${formatCount(queries)}`;
}

function sentLine(input: Input): string {
  const { info, summary } = input;
  const why = endWords(info);
  const sent = sentCount(summary);
  const planned = info.plan?.queries ?? 0;
  const left = leftOfPlan(input);
  if (left > 0)
    return `The replay ended early: of ${formatCount(planned)} planned queries ${formatCount(sent)} were sent and ${formatCount(left)} left${why === '' ? '' : `, because ${why}`}`;
  if (planned > 0 && sent > planned && info.shard === undefined) {
    const times = (Math.floor((sent / planned) * 10) / 10).toFixed(1);
    const until = why === '' ? '' : `, until ${why}`;
    return `The plan of ${formatCount(planned)} was gone through ${times} times: ${formatCount(sent)} sent${until}`;
  }
  return why === '' || info.interrupted ? '' : `The replay ended because ${why}`;
}

function readLines({ dump }: RunInfo): readonly string[] {
  const cuts = dump?.cuts ?? [];
  const part = cuts.length === 0 ? [] : [`Only a part of the dump was read, as asked: ${cuts.join(', ')}`];
  return [...part, ...(dump?.doubts ?? [])];
}

function cutLine({ scenario }: RunInfo, { cutShort = 0 }: Summary): string {
  if (cutShort === 0) return '';
  const { mostRows } = fieldsOf(fieldsOf(scenario).load);
  const verb = cutShort === 1 ? 'was' : 'were';
  return `${counted(cutShort, 'result')} ${verb} cancelled after ${counted(Number(mostRows), 'row')} (load.mostRows)`;
}

/** Rows of the list of errors in texts. */
const MOST_ERRORS = 5;

/** `COLUMN_NOT_FOUND 26 recorded, 25 now`; '' where nothing failed, then or now. */
export function errorsText({ errors = [] }: Summary): string {
  const shown = errors
    .filter((row) => row.gateway > 0 || (row.recorded ?? 0) > 0)
    .map(({ gateway, name, recorded }) => {
      const before = recorded === null ? '' : `${formatCount(recorded)} recorded, `;
      return `${name === '' ? 'unnamed' : oneLine(name)} ${before}${formatCount(gateway)} now`;
    });
  if (shown.length === 0) return '';
  const more = shown.length - MOST_ERRORS;
  return `${shown.slice(0, MOST_ERRORS).join('; ')}${more > 0 ? `; and ${formatCount(more)} more` : ''}`;
}
