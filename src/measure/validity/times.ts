/** Whether the moments of each query can have been: a record that says otherwise was damaged, or changed. */
import { formatCount, formatMs } from '../../base/units.ts';
import { RECORD_FILES } from '../record/record-folder.ts';
import type { Samples } from '../record/samples.ts';

/** No timer wakes so much too early: what was sent earlier than this before its time was not sent by this generator. */
const MOST_EARLY_US = 50_000;
/** Rows told one by one. */
const MOST_TOLD = 3;

/** Between its send and its end, where they happened. */
const WITHIN = [
  ['submittedUs', 'was submitted'],
  ['firstPollUs', 'was polled'],
  ['firstRowUs', 'had its first row'],
] as const;

/** What cannot be in one row, '' for nothing. `place` counts from 0. */
function problemAt(samples: Samples, place: number): string {
  const [sentUs, lastUs, intendedUs] = [
    samples.sentUs.at(place),
    samples.lastUs.at(place),
    samples.intendedUs.at(place),
  ];
  if (intendedUs < 0) return `it was meant to start ${inMs(-intendedUs)} before the run`;
  if (samples.end.at(place) === 'never-sent') return sentUs < 0 ? '' : 'it was sent, and never sent';
  if (sentUs < 0 || lastUs < 0) return `it ${sentUs < 0 ? 'was sent' : 'ended'} at no time`;
  if (lastUs < sentUs) return `it ended ${inMs(sentUs - lastUs)} before it was sent`;
  if (sentUs < intendedUs - MOST_EARLY_US) return `it was sent ${inMs(intendedUs - sentUs)} before its time`;
  const stray = WITHIN.find(([field]) => {
    const us = samples[field].at(place);
    return us !== -1 && (us < sentUs || us > lastUs);
  });
  return stray === undefined ? '' : `it ${stray[1]} when it had not been sent, or had ended`;
}

const inMs = (us: number): string => formatMs(us / 1000);

/** The rows whose moments cannot have been, in words: how many, and the first of them by row; '' for none. */
export function impossibleTimes(samples: Samples): string {
  const told: string[] = [];
  let count = 0;
  for (let place = 0; place < samples.length; place++) {
    const problem = problemAt(samples, place);
    if (problem === '') continue;
    count++;
    if (told.length < MOST_TOLD)
      told.push(
        `row ${formatCount(place + 1)} (${samples.arm.at(place)} query ${samples.seq.at(place)}): ${problem}`,
      );
  }
  if (count === 0) return '';
  const more = count > told.length ? `; and ${formatCount(count - told.length)} more` : '';
  return `${RECORD_FILES.samples}, ${told.join('; ')}${more}`;
}
