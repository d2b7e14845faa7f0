/** Gates that cannot hold whatever the run does: told before its first query. */
import { isDifference } from '../measure/figures/time.ts';
import { HOLDS } from './decide.ts';
import type { Gate } from './parse.ts';

/** The most that a figure can come to, and why in words: `this scenario has 1 roll`. */
export interface Most {
  readonly value: number;
  readonly why: string;
}

export interface Unmeetable {
  /** Place in the list of gates. */
  readonly index: number;
  readonly message: string;
}

/** Which of some gates cannot hold, alone or with those before them; `mostOf` tells what is known of a figure beforehand. */
export function unmeetable(
  gates: readonly Gate[],
  mostOf: (figure: string) => Most | undefined,
): readonly Unmeetable[] {
  return gates.flatMap((gate, index): Unmeetable[] => {
    if (!isPlain(gate)) return [];
    const most = mostOf(gate.figure);
    if (!canHold([gate], most?.value))
      return [
        {
          index,
          message: `${gate.expression} cannot hold: ${most?.why ?? 'no value meets it'}; change the limit, or what the scenario plans`,
        },
      ];
    const other = gates
      .slice(0, index)
      .find((one) => one.figure === gate.figure && isPlain(one) && !canHold([one, gate], most?.value));
    return other === undefined
      ? []
      : [
          {
            index,
            message: `${gate.expression} cannot hold together with ${other.expression}; keep one of them`,
          },
        ];
  });
}

const isPlain = ({ limit }: Gate): boolean => limit.from === undefined && limit.relative === undefined;

/** Whether some value meets all: one of the limits, or one between or beside them. */
function canHold(gates: readonly Gate[], most = Number.POSITIVE_INFINITY): boolean {
  const limits = gates.map(({ limit }) => limit.absolute ?? 0).toSorted((a, b) => a - b);
  const middles = limits.slice(1).map((limit, i) => (limit + (limits[i] ?? limit)) / 2);
  const around = limits.flatMap((limit) => [limit - 1, limit, limit + 1, limit / 2]);
  const [{ figure = '', unit = 'count' } = {}] = gates;
  const least = isDifference(figure) ? Number.NEGATIVE_INFINITY : 0;
  const top = unit === 'ratio' && !isDifference(figure) ? Math.min(1, most) : most;
  const possible = [...middles, ...around, 0, 1, top].filter(
    (value) =>
      value >= least && value <= top && (unit !== 'count' || value === top || Number.isInteger(value)),
  );
  return possible.some((value) => gates.every((g) => HOLDS[g.operator](value, g.limit.absolute ?? 0)));
}
