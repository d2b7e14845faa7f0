/** Which gates can no longer be met, while the run goes on: those on what can only get worse. */
import { type Gate, parseGate } from '../gates/parse.ts';
import { isHeldUp } from '../measure/analyses/held-up.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { Sample } from '../measure/record/sample.ts';
import { type EarlyEntry, type EarlyOptions, earlyLedger } from './early-ledger.ts';

/** What has happened so far and cannot be undone. */
interface Tally {
  readonly outcomes: Map<string, number>;
  readonly blames: Map<string, number>;
  drops: number;
  retried: number;
  heldUp: number;
  stickinessBreaks: number;
  lost: number;
  dropped: number;
  reruns: number;
  mismatches: number;
  gatewaysLost: number;
  rollsFailed: number;
  faultsFailed: number;
  latestMs: number;
}

interface Early {
  /** The least that the figure can still end with. */
  readonly least?: (tally: Tally) => number;
  /** The most that it can still end with. */
  readonly most?: (tally: Tally) => number;
  /** Needs what only the whole run knows, and not one shard of it: where processes live, when they are killed. */
  readonly needsFleet?: true;
}

const outcome = (name: EarlyEntry['outcome']): Early => ({ least: (t) => t.outcomes.get(name) ?? 0 });
const blame = (name: string): Early => ({ least: (t) => t.blames.get(name) ?? 0, needsFleet: true });

/** The figures that can only get worse; which others there are, and why they are not here, tells docs/gates.md. */
export const EARLY: Readonly<Record<string, Early>> = {
  'queries.neverSent': outcome('never-sent'),
  'queries.cancelled': outcome('cancelled'),
  'queries.overloaded': { ...outcome('overloaded'), needsFleet: true },
  'queries.heldUp': { least: (t) => t.heldUp },
  'failed.same': outcome('failed-same'),
  'recovered.byRetry': { least: (t) => t.retried },
  'drops.total': { least: (t) => t.drops },
  'drops.avoidable': blame('avoidable'),
  'drops.unavoidable': blame('unavoidable'),
  'drops.detection': blame('detection'),
  'drops.wrong': outcome('wrong'),
  'drops.hung': outcome('hung'),
  'drops.rejected': outcome('rejected'),
  'routing.mismatches': { least: (t) => t.mismatches, needsFleet: true },
  // One mismatch among however many: never all of them again.
  'routing.correctness': { most: (t) => (t.mismatches > 0 ? 1 - Number.EPSILON : 1), needsFleet: true },
  'stickiness.breaks': { least: (t) => t.stickinessBreaks, needsFleet: true },
  'ledger.lost': { least: (t) => t.lost },
  'ledger.dropped': { least: (t) => t.dropped },
  'ledger.wrong': outcome('wrong'),
  'ledger.reruns': { least: (t) => t.reruns },
  'gateway.lost': { least: (t) => t.gatewaysLost },
  'rolls.failed': { least: (t) => t.rollsFailed },
  'faults.failed': { least: (t) => t.faultsFailed },
  'schedule.lag.max': { least: (t) => t.latestMs },
};

export interface FailFast {
  sample(sample: Sample): void;
  event(event: RunEvent): void;
}

export interface FailFastOptions extends Pick<EarlyOptions, 'info' | 'hasDirect'> {
  /** Whether this process sends the whole plan, and so hears of all that happens. */
  readonly isWhole: boolean;
}

/** Watches a run; `onLost` is called once, with the gate that is lost and why. */
export function watchGates(
  expressions: readonly string[],
  onLost: (why: string) => void,
  { info, hasDirect, isWhole }: FailFastOptions,
): FailFast {
  const gates = expressions.flatMap((text) => {
    const parsed = parseGate(text);
    const early = 'gate' in parsed && parsed.gate.limit.from === undefined && EARLY[parsed.gate.figure];
    return early && (isWhole || early.needsFleet !== true) ? [{ gate: parsed.gate, early }] : [];
  });
  if (gates.length === 0) return { sample: () => undefined, event: () => undefined };
  const tally = emptyTally();
  const rolls = new Set<number>();
  let told = false;
  const look = () => {
    const lost = told ? undefined : gates.find(({ gate, early }) => isLost(gate, early, tally));
    if (lost === undefined) return;
    told = true;
    const seen = lost.early.least?.(tally) ?? tally.mismatches;
    onLost(`${lost.gate.expression} can no longer be met: ${Number(seen.toFixed(3))} by now`);
  };
  const ledger = earlyLedger({
    ...{ info, hasDirect },
    onEntry: (entry) => count(tally, entry),
    onSettled: ({ blame, brokeStickiness }) => {
      if (brokeStickiness) tally.stickinessBreaks++;
      if (blame !== null) tally.blames.set(blame, (tally.blames.get(blame) ?? 0) + 1);
    },
    onMismatch: () => void tally.mismatches++,
  });
  return {
    sample(sample) {
      if (sample.sentUs >= 0)
        tally.latestMs = Math.max(tally.latestMs, (sample.sentUs - sample.intendedUs) / 1000);
      ledger.sample(sample);
      look();
    },
    event(event) {
      const { action = -1, type } = event;
      if (type === 'roll-started') rolls.add(action);
      if (type === 'roll-failed') tally[rolls.has(action) ? 'rollsFailed' : 'faultsFailed']++;
      if (type === 'gateway-lost') tally.gatewaysLost++;
      ledger.event(event);
      look();
    },
  };
}

const emptyTally = (): Tally => ({
  ...{ outcomes: new Map(), blames: new Map(), drops: 0, retried: 0, heldUp: 0, stickinessBreaks: 0 },
  ...{ lost: 0, dropped: 0, reruns: 0, mismatches: 0 },
  ...{ gatewaysLost: 0, rollsFailed: 0, faultsFailed: 0, latestMs: 0 },
});

function count(tally: Tally, { sample, outcome: of, dropped }: EarlyEntry): void {
  tally.outcomes.set(of, (tally.outcomes.get(of) ?? 0) + 1);
  if (sample.rerunId !== '') tally.reruns++;
  // Whether one that finished came back right may be known only when all have run.
  if (of === 'finished' && sample.expected !== undefined) {
    if (sample.retries > 0) tally.retried++;
    if (isHeldUp(sample)) tally.heldUp++;
  }
  if (!dropped) return;
  tally.drops++;
  // A submission that was lost may turn out to have run all the same: then it is an orphan.
  if (of !== 'wrong' && of !== 'submit-unknown') tally[sample.queryId === '' ? 'lost' : 'dropped']++;
}

function isLost({ operator, limit }: Gate, { least, most }: Early, tally: Tally): boolean {
  const allowed = limit.absolute ?? 0;
  const [atLeast, atMost] = [least?.(tally), most?.(tally)];
  const tooMany = atLeast !== undefined && (operator === '<' ? atLeast >= allowed : atLeast > allowed);
  const tooFew = atMost !== undefined && (operator === '>' ? atMost <= allowed : atMost < allowed);
  if (operator === '<' || operator === '<=') return tooMany;
  if (operator === '>' || operator === '>=') return tooFew;
  return operator === '==' && (tooMany || tooFew);
}
