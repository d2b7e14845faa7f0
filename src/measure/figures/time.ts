/** Figures of time: what the gateway costs, what the noise arm shows in its place, and how long queries took. */
import { formatCount } from '../../base/units.ts';
import type {
  Estimate,
  Figure,
  LatencyQuantile,
  LatencyRow,
  Noise,
  Overhead,
  OverheadLevel,
  QuantileShift,
  Reference,
  RelativeEstimate,
} from '../summary/summary.ts';
import type { FigureEntry } from './entry.ts';

type Of = FigureEntry['of'];
type Level = OverheadLevel['level'];
type Bounds = { readonly low?: number; readonly high?: number };

const LEVELS = ['submit', 'poll', 'total'] as const satisfies readonly Level[];

const LEVEL_TEXT: Readonly<Record<Level, string>> = {
  submit: 'POST to its headers',
  poll: "the pair's fastest polls",
  total: 'from send to last page',
};

const NO_PAIRS = {
  value: null,
  n: 0,
  note: 'no pairs were compared: there is no baseline, or none of them fits',
};
const NO_NOISE = { value: null, n: 0, note: 'no noise arm was planned (baseline.noise), or none of it fits' };

const boundsOf = ({ lowMs, highMs }: Pick<Estimate, 'lowMs' | 'highMs'>): Bounds =>
  lowMs === null || highMs === null ? {} : { low: lowMs, high: highMs };

const shiftBounds = ({ lowMs, highMs }: QuantileShift): Bounds =>
  lowMs === undefined || highMs === undefined ? {} : { low: lowMs, high: highMs };

const levelOf = <T extends { readonly level: Level }>(
  levels: readonly T[] | null | undefined,
  level: Level,
) => levels?.find((l) => l.level === level);

/** The noise arm's bounds in the place of a figure; where its pairs are too few for any, their number. */
function asNoise({ low, high }: Bounds, pairs: number): Noise {
  return low === undefined || high === undefined ? { noiseTooFew: pairs } : { noise: { low, high } };
}

type NoiseLevel = NonNullable<Overhead['noise']>[number];

/** What a level of the noise arm shows by one of its bounds; nothing where no such arm was planned. */
function noiseOf(
  overhead: Overhead | null,
  level: Level,
  bounds: (found: NoiseLevel) => Bounds | undefined,
): Noise {
  const found = levelOf(overhead?.noise, level);
  return found === undefined ? {} : asNoise(bounds(found) ?? {}, found.difference?.pairs ?? 0);
}

const shiftAt = (shifts: readonly QuantileShift[] | undefined, q: number): Bounds | undefined => {
  const shift = shifts?.find((s) => s.q === q);
  return shift && shiftBounds(shift);
};

function located(found: Estimate | null | undefined, none: Omit<Figure, 'unit'>): Omit<Figure, 'unit'> {
  if (!found) return none;
  const note = `Hodges–Lehmann estimate over ${formatCount(found.pairs)} pairs in ${found.blocks} blocks`;
  return { value: found.estimateMs, n: found.pairs, ...boundsOf(found), note };
}

function overheadMedian(level: Level): FigureEntry {
  const of: Of = ({ overhead }) => {
    const found = levelOf(overhead?.levels, level);
    const figure = located(found?.difference, NO_PAIRS);
    if (found === undefined || figure.value === null) return figure;
    const bounds = {
      ...(figure.low === undefined ? {} : { low: figure.low }),
      ...(figure.high === undefined ? {} : { high: figure.high }),
    };
    const against: Reference = { value: found.baselineMedianMs, shift: figure.value, ...bounds };
    const noise = noiseOf(overhead, level, ({ difference }) =>
      difference ? boundsOf(difference) : undefined,
    );
    return { ...figure, against, ...noise };
  };
  const description = `Gateway less baseline, ${LEVEL_TEXT[level]}: Hodges–Lehmann median of paired differences`;
  return { unit: 'ms', description, decidedBy: 'interval', hasBaseline: true, of };
}

function overheadShift(level: Level, q: number): FigureEntry {
  const of: Of = ({ overhead }) => {
    const found = levelOf(overhead?.levels, level);
    const n = found?.difference?.pairs ?? 0;
    const shift = found?.shift.find((s) => s.q === q);
    if (!shift || n === 0) return NO_PAIRS;
    const note = `shift of the ${percentile(q)}`;
    const against = referenceOf(shift, n);
    return {
      ...{ value: shift.ms, n, ...shiftBounds(shift), note },
      ...(against === undefined ? {} : { against }),
      ...noiseOf(overhead, level, ({ shift: all }) => shiftAt(all, q)),
    };
  };
  const description = `Shift of the ${percentile(q)} from baseline to gateway, ${LEVEL_TEXT[level]}`;
  return { unit: 'ms', description, decidedBy: 'interval', hasBaseline: true, of };
}

const percentile = (q: number): string => `${Number((q * 100).toFixed(1))}th percentile`;

/** `n` pairs stand behind the shift. */
function referenceOf(shift: QuantileShift | undefined, n: number): Reference | undefined {
  if (shift === undefined || shift.ms === null || shift.baselineMs === undefined) return undefined;
  return { value: shift.baselineMs, shift: shift.ms, n, ...shiftBounds(shift) };
}

const relativeBounds = ({ high, low }: RelativeEstimate): Bounds =>
  low === null || high === null ? {} : { low, high };

function overheadRelative(level: Level): FigureEntry {
  const of: Of = ({ overhead }) => {
    const found = levelOf(overhead?.levels, level);
    if (!found?.relative || !found.difference) return NO_PAIRS;
    return {
      value: found.relative.share,
      n: found.difference.pairs,
      ...relativeBounds(found.relative),
      ...noiseOf(overhead, level, ({ relative }) => (relative ? relativeBounds(relative) : undefined)),
      note: 'median ratio within pairs, less one',
    };
  };
  const description = `Gateway over baseline less one, ${LEVEL_TEXT[level]}: Hodges–Lehmann median of the pairs' ratios`;
  return { unit: 'ratio', description, decidedBy: 'interval', of };
}

function noiseMedian(level: Level): FigureEntry {
  const of: Of = ({ overhead }) => located(levelOf(overhead?.noise, level)?.difference, NO_NOISE);
  const description = `Second baseline less baseline, ${LEVEL_TEXT[level]}: what the instrument shows where there is nothing`;
  return { unit: 'ms', description, decidedBy: 'interval', of };
}

const QUANTILE_OF: Readonly<Record<LatencyQuantile, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  'p99.9': 0.999,
};
const LATENCY_NAMES = Object.keys(QUANTILE_OF) as LatencyQuantile[];

/** What the pairs say of the same quantile, and the noise arm in their place. */
function pairedShift(
  overhead: Overhead | null,
  clock: LatencyRow['clock'],
  name: LatencyQuantile,
): Reference | undefined {
  const q = QUANTILE_OF[name];
  const ofResponse = clock === 'response';
  const shifts = ofResponse ? overhead?.responseShift : levelOf(overhead?.levels, 'total')?.shift;
  const reference = referenceOf(
    shifts?.find((s) => s.q === q),
    overhead?.pairsUsed ?? 0,
  );
  const noise = noiseOf(overhead, 'total', ({ shift }) =>
    shiftAt(ofResponse ? overhead?.noiseResponseShift : shift, q),
  );
  return reference && { ...reference, ...noise };
}

function boundsIn({ bounds }: LatencyRow, name: LatencyQuantile): Bounds {
  const bound = bounds?.[name];
  if (bound === undefined) return {};
  return bound.highMs === null ? { low: bound.lowMs } : { low: bound.lowMs, high: bound.highMs };
}

/** What the value has to be read with. */
function noteOn(
  { atLeast, censored, effective, n }: LatencyRow,
  name: LatencyQuantile,
): Pick<Figure, 'note'> {
  const worth = effective?.[name] ?? n;
  const notes = [
    ...(censored === 0
      ? []
      : [
          `${atLeast.includes(name) ? 'at least this: ' : ''}${censored} queries were cut off while they ran`,
        ]),
    ...(worth > n / 2
      ? []
      : [`neighbours in time are alike: worth ${formatCount(worth)} independent queries`]),
  ];
  return notes.length === 0 ? {} : { note: notes.join('; ') };
}

function latency(arm: LatencyRow['arm'], clock: LatencyRow['clock'], name: LatencyQuantile): FigureEntry {
  const of: Of = ({ latency: rows, overhead }) => {
    const row = rows.find((r) => r.by === 'all' && r.arm === arm && r.clock === clock);
    const n = row?.n ?? 0;
    const value = row?.quantiles[name] ?? null;
    if (row === undefined || value === null)
      return { value: null, n, note: `${formatCount(n)} queries are too few` };
    const against = arm === 'gateway' ? pairedShift(overhead, clock, name) : undefined;
    return {
      ...{ value, n, ...boundsIn(row, name) },
      ...(against === undefined ? {} : { against }),
      ...noteOn(row, name),
    };
  };
  const from = clock === 'response' ? 'intended start' : 'send';
  const description = `${name} of the ${arm} arm's time from ${from} to last page`;
  return { unit: 'ms', description, decidedBy: 'interval', hasBaseline: arm === 'gateway', of };
}

const overheadFigures = LEVELS.flatMap((level) => [
  [`overhead.${level}.median`, overheadMedian(level)] as const,
  ...[0.9, 0.95, 0.99].map(
    (q) => [`overhead.${level}.p${Math.round(q * 100)}`, overheadShift(level, q)] as const,
  ),
  [`overhead.${level}.relative`, overheadRelative(level)] as const,
  [`noise.${level}.median`, noiseMedian(level)] as const,
]);

const latencyFigures = (['gateway', 'baseline'] as const).flatMap((arm) =>
  (['response', 'service'] as const).flatMap((clock) =>
    LATENCY_NAMES.map(
      (name) =>
        [`${arm === 'gateway' ? 'latency' : arm}.${clock}.${name}`, latency(arm, clock, name)] as const,
    ),
  ),
);

/** True for figures that are differences: only these can be below nothing. */
export const isDifference = (figure: string): boolean => /^(?:overhead|noise)\./.test(figure);

/** Figures of time by name. */
export const TIME_FIGURES: Readonly<Record<string, FigureEntry>> = Object.fromEntries([
  ...overheadFigures,
  ...latencyFigures,
]);

/** Short names for what is meant most often. */
export const FIGURE_ALIASES: Readonly<Record<string, string>> = Object.fromEntries([
  ...['median', 'p90', 'p95', 'p99', 'relative'].map((name) => [
    `overhead.${name}`,
    `overhead.total.${name}`,
  ]),
  ...LATENCY_NAMES.map((name) => [`latency.${name}`, `latency.response.${name}`]),
]);
