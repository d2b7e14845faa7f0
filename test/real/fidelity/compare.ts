/** Differences between two observations, and the list of those that are known and wanted. */
import type { Seen } from './observe.ts';
import type { Side } from './wire.ts';

/** One exchange that both servers go through. */
export interface Exchange {
  readonly name: string;
  readonly run: (on: Side) => Promise<Seen>;
  readonly allowed?: readonly Allowed[];
}

/** A difference that stays, and why. */
export interface Allowed {
  /** Path in the observation; `*` stands for anything. */
  readonly at: string;
  readonly why: string;
  /** Seen in some runs only: what the real server does depends on time. */
  readonly sometimes?: true;
}

export interface Difference {
  readonly at: string;
  readonly real: string;
  readonly stub: string;
}

/** Every path where the two observations are not alike; what only one of them has is named once, at its root. */
export function differences(real: Seen | undefined, stub: Seen | undefined, at = ''): readonly Difference[] {
  if (!isTree(real) || !isTree(stub)) {
    const [there, here] = [brief(real), brief(stub)];
    return there === here ? [] : [{ at, real: there, stub: here }];
  }
  const keys = [...new Set([...Object.keys(real), ...Object.keys(stub)])];
  return keys.flatMap((key) => differences(real[key], stub[key], at === '' ? key : `${at}/${key}`));
}

type Tree = Readonly<Record<string, Seen>>;

/** Lists count as trees with numbers for keys. */
function isTree(value: Seen | undefined): value is Tree {
  return value !== undefined && typeof value !== 'string';
}

function brief(value: Seen | undefined): string {
  if (value === undefined) return '(absent)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function matches({ at }: Allowed, { at: path }: Difference): boolean {
  const parts = at.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(path);
}
