/** The verdict on one row: what differs between two observations, and whether that was declared. */
import type { Seen, Side, Stage } from './observe.ts';

/** How ours is meant to differ, and why that is better for people. */
export interface Better {
  readonly why: string;
  /** What ours must show instead: a part of its observation, deeply; nothing beside it is looked at. */
  readonly ours: unknown;
}

export interface Row {
  /** Number in the list of cases. */
  readonly id: number;
  readonly name: string;
  readonly run: (side: Side, stage: Stage) => Promise<Seen>;
  /** Undefined: both must show the same. */
  readonly better?: Better;
  /**
   * The difference, or another one, is meant in the mode that follows the Java gateway to the letter, too. Undefined:
   * there both must show the same.
   */
  readonly evenStrict?: true | Better;
}

export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'better'; readonly why: string }
  | { readonly kind: 'different'; readonly differences: readonly string[] };

/** What the mode that follows the Java gateway to the letter may show instead. */
export function strictly({ better, evenStrict }: Row): Better | undefined {
  return evenStrict === true ? better : evenStrict;
}

export function judge(java: Seen, ours: Seen, better: Better | undefined): Verdict {
  const differences = differ(java, ours, '');
  if (differences.length === 0) return { kind: 'equal' };
  if (better === undefined) return { kind: 'different', differences };
  const missed = missing(better.ours, ours, '');
  return missed.length === 0
    ? { kind: 'better', why: better.why }
    : { kind: 'different', differences: missed };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
};

/** Every place where two observations differ: `answer.status: 500, ours 503`. */
export function differ(java: Seen, ours: Seen, at: string): readonly string[] {
  if (isRecord(java) && isRecord(ours)) {
    const keys = [...new Set([...Object.keys(java), ...Object.keys(ours)])];
    return keys.flatMap((key) => differ(java[key], ours[key], at === '' ? key : `${at}.${key}`));
  }
  if (Array.isArray(java) && Array.isArray(ours) && java.length === ours.length)
    return java.flatMap((item, i) => differ(item, ours[i], `${at}[${i}]`));
  return JSON.stringify(java) === JSON.stringify(ours) ? [] : [`${at}: ${shown(java)}, ours ${shown(ours)}`];
}

/** Where an observation does not hold what was declared. A regular expression is matched, `undefined` means absent. */
export function missing(wanted: unknown, ours: Seen, at: string): readonly string[] {
  if (wanted instanceof RegExp)
    return (typeof ours === 'string' || typeof ours === 'number') && wanted.test(String(ours))
      ? []
      : [`${at}: declared ${wanted}, ours ${shown(ours)}`];
  if (isRecord(wanted) && isRecord(ours))
    return Object.entries(wanted).flatMap(([key, value]) =>
      missing(value, ours[key], at === '' ? key : `${at}.${key}`),
    );
  if (Array.isArray(wanted) && Array.isArray(ours) && wanted.length === ours.length)
    return wanted.flatMap((item, i) => missing(item, ours[i], `${at}[${i}]`));
  return JSON.stringify(wanted) === JSON.stringify(ours)
    ? []
    : [`${at}: declared ${shown(wanted)}, ours ${shown(ours)}`];
}
