/** What the plan does under another load, in full: calm, with one rolled, with one lost. */
import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import { counted } from '../../report/format.ts';
import type { Night } from '../plan/nights.ts';
import type { WhatIfAnswer } from '../plan/what-if.ts';
import type { PromiseCheck } from '../plan/world.ts';
import { zonedStamp } from './zoned.ts';

/** The plan in its cases, as far as they could be tried: what was asked, and the peak with one missing. */
function casesOf({ lost, night, rolled, withPlan }: WhatIfAnswer) {
  return [
    [night === undefined ? 'calm' : 'night of rolls', withPlan ?? undefined],
    ['one rolled', rolled],
    ['one lost', lost],
  ] as const;
}

/** The cases of an answer that were tried, each with what became of the promise. */
export function checksOf(
  answer: WhatIfAnswer,
): readonly { readonly name: string; readonly check: PromiseCheck }[] {
  return casesOf(answer).flatMap(([name, check]) => (check === undefined ? [] : [{ name, check }]));
}

/** `holds calm · one rolled broken: queue time · holds one lost`; empty when nothing could be tried. */
export function planUnder(answer: WhatIfAnswer): string {
  return checksOf(answer)
    .map(({ check, name }) => `${name} ${checkWords(check)}`)
    .join(', ');
}

/** p95 of the plan under the question, milliseconds; a night of few queries has none. */
export function p95Under({ night, withPlan }: WhatIfAnswer): number | null {
  return night?.p95Judged === false ? null : (withPlan?.p95Ms ?? null);
}

/** `from 2026-03-03 02:00 Europe/Berlin 31 queries, too few for a p95: only losses were looked at; over after 12 min`. */
export function nightWords(
  { cut = 0, from, p95Judged, queries, rollsOverMs }: Night,
  timeZone: string | undefined,
): string {
  const few = p95Judged ? '' : ', too few for a p95: only losses were looked at';
  const lost = cut === 0 ? '' : `, ${formatCount(cut)} (${formatShare(cut / queries)}) cut by a drain`;
  const over = rollsOverMs === null ? 'not over' : `over after ${formatMs(rollsOverMs)}`;
  return `from ${zonedStamp(from, timeZone)} ${counted(queries, 'query', 'queries')}${few}${lost}; rolls ${over}`;
}

/** `its peak is then at 2026-03-02 03:00:00 UTC`; empty where it is the present one. */
export function peakWords({ peakAt }: WhatIfAnswer, timeZone: string | undefined): string {
  return peakAt === undefined ? '' : `its peak is then at ${zonedStamp(peakAt, timeZone)}`;
}

const checkWords = ({ broken, holds }: PromiseCheck) => (holds ? 'holds' : `broken (${broken.join(', ')})`);

/** `needed: 3 calm, 4 with one lost, 5 with a zone lost`; or what is missing. */
export function neededUnder({ because, missing, needed }: WhatIfAnswer): string {
  if (because !== undefined) return `needed: none is enough, ${because}`;
  if (missing.length > 0) return `no answer: ${missing.join('; ')}`;
  const n = (count: number | null) => count ?? 'no number tried is enough';
  return `needed: ${n(needed.calm)} calm, ${n(needed.one)} with one lost, ${n(needed.zone)} with a zone lost`;
}
