/** What the plan does under another load, in full: calm, with one rolled, with one lost. */
import type { WhatIfAnswer } from '../plan/what-if.ts';
import type { PromiseCheck } from '../plan/world.ts';

/** The plan in its three cases, as far as they could be tried. */
const CASES = [
  ['calm', (w: WhatIfAnswer) => w.withPlan ?? undefined],
  ['one rolled', (w: WhatIfAnswer) => w.rolled],
  ['one lost', (w: WhatIfAnswer) => w.lost],
] as const;

/** The cases of an answer that were tried, each with what became of the promise. */
export function checksOf(
  answer: WhatIfAnswer,
): readonly { readonly name: string; readonly check: PromiseCheck }[] {
  return CASES.flatMap(([name, of]) => {
    const check = of(answer);
    return check === undefined ? [] : [{ name, check }];
  });
}

/** `holds calm · one rolled broken: queue time · holds one lost`; empty when nothing could be tried. */
export function planUnder(answer: WhatIfAnswer): string {
  return checksOf(answer)
    .map(({ check, name }) => `${name} ${checkWords(check)}`)
    .join(', ');
}

const checkWords = ({ broken, holds }: PromiseCheck) => (holds ? 'holds' : `broken (${broken.join(', ')})`);

/** `needed: 3 calm, 4 with one lost, 5 with a zone lost`; or what is missing. */
export function neededUnder({ because, missing, needed }: WhatIfAnswer): string {
  if (because !== undefined) return `needed: none is enough, ${because}`;
  if (missing.length > 0) return `no answer: ${missing.join('; ')}`;
  const n = (count: number | null) => count ?? 'no number tried is enough';
  return `needed: ${n(needed.calm)} calm, ${n(needed.one)} with one lost, ${n(needed.zone)} with a zone lost`;
}
