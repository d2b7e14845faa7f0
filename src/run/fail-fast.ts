/**
 * Which gates can no longer be met, while the run goes on. Only counts that nothing can lower any more: what is lost
 * stays lost. Judged by the same words as afterwards, but only where they need no other query to be sure.
 */
import { type Gate, parseGate } from '../gates/parse.ts';
import type { RunEvent } from '../measure/record/events.ts';
import type { End, Sample } from '../measure/record/sample.ts';

/** Ends that are drops whatever the other executions of the statement say. */
const SURE_DROPS: ReadonlySet<End> = new Set<End>(['http-error', 'transport-error', 'hung']);

interface Counts {
  total: number;
  /** Ended before any process was killed or lost: nobody else's fault. */
  avoidable: number;
  hung: number;
  gatewaysLost: number;
}

const COUNTED: Readonly<Record<string, (counts: Counts) => number>> = {
  'drops.total': (c) => c.total,
  'drops.avoidable': (c) => c.avoidable,
  'drops.hung': (c) => c.hung,
  'gateway.lost': (c) => c.gatewaysLost,
};

export interface FailFast {
  sample(sample: Sample): void;
  event(event: RunEvent): void;
}

/** Watches a run; `onLost` is called once, with the gate that is lost and why. */
export function watchGates(expressions: readonly string[], onLost: (why: string) => void): FailFast {
  const gates = expressions.flatMap((text) => {
    const parsed = parseGate(text);
    return 'gate' in parsed && canBeLost(parsed.gate) ? [parsed.gate] : [];
  });
  const counts: Counts = { total: 0, avoidable: 0, hung: 0, gatewaysLost: 0 };
  let killed = false;
  let told = false;
  const look = () => {
    const lost = gates.find((gate) => isLost(gate, COUNTED[gate.figure]?.(counts) ?? 0));
    if (lost === undefined || told) return;
    told = true;
    onLost(`${lost.expression} can no longer be met: ${COUNTED[lost.figure]?.(counts)} by now`);
  };
  return {
    sample({ arm, end }) {
      if (arm !== 'gateway' || !SURE_DROPS.has(end)) return;
      counts.total++;
      if (!killed) counts.avoidable++;
      if (end === 'hung') counts.hung++;
      look();
    },
    event({ type }) {
      if (type === 'cluster-killed' || type === 'cluster-lost') killed = true;
      if (type !== 'gateway-lost') return;
      counts.gatewaysLost++;
      look();
    },
  };
}

const canBeLost = ({ figure, operator, limit }: Gate): boolean =>
  COUNTED[figure] !== undefined && limit.from === undefined && ['==', '<', '<='].includes(operator);

function isLost({ operator, limit }: Gate, count: number): boolean {
  const most = limit.absolute ?? 0;
  return operator === '<' ? count >= most : count > most;
}
