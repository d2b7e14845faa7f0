/** Statements by their shape: which take longest, and which the gateway changes most. */

import type { Ledger } from '../ledger/ledger.ts';
import { estimate } from '../overhead/estimate.ts';
import type { Pairs } from '../overhead/pairs.ts';
import { groupPlaces, numbersAt, type Places, placesOf } from '../record/columns.ts';
import type { Samples } from '../record/samples.ts';
import { hodgesLehmann } from '../stats/hodges-lehmann.ts';
import { sorted } from '../stats/order.ts';
import { median, quantile, supports } from '../stats/quantile.ts';
import { signedRankInterval } from '../stats/wilcoxon.ts';
import type { StatementRow, Statements } from '../summary/summary.ts';

const MOST_ROWS = 20;
/** The smallest sample whose exact two-sided signed-rank interval reaches 95 % (method notes, section 2.4). */
const FEWEST_PAIRS = 6;

/** The gateway arm by fingerprint; times are service times, so that the generator's lateness is in none of them. */
export function statements(ledger: Ledger, pairs: Pairs, texts: ReadonlyMap<string, string>): Statements {
  const { fingerprint: shapeOf } = ledger.samples;
  const shapes = groupPlaces(ledger.gateway, (place) => shapeOf.at(place));
  const ofShape = groupPlaces(placesOf(pairs.gateway), (i) => shapeOf.at(pairs.gateway[i] ?? 0));
  const rows = Array.from(shapes, ([fingerprint, places]) => {
    const change = changeOf(ledger.samples, pairs, ofShape.get(fingerprint) ?? new Uint32Array());
    return { ...row(fingerprint, places, ledger, texts.get(fingerprint) ?? ''), change };
  });
  const slowest = rows
    .filter((r) => r.medianMs !== null)
    .sort((a, b) => (b.medianMs ?? 0) - (a.medianMs ?? 0) || a.fingerprint.localeCompare(b.fingerprint));
  const changed = rows
    .filter((r) => r.change?.lowMs != null)
    .sort((a, b) => certainChangeMs(b) - certainChangeMs(a) || a.fingerprint.localeCompare(b.fingerprint));
  return {
    shapes: rows.length,
    slowest: slowest.slice(0, MOST_ROWS),
    changed: changed.slice(0, MOST_ROWS),
  };
}

function row(
  fingerprint: string,
  places: Places,
  { entries, samples }: Ledger,
  text: string,
): Omit<StatementRow, 'change'> {
  const finished = places.filter((place) => entries.outcome.at(place) === 'finished');
  const timed = finished.filter((place) => entries.outside.at(place) === undefined);
  const times = sorted(numbersAt(timed, serviceMs(samples)));
  return {
    ...{ fingerprint, text, kind: samples.kind.at(places[0] ?? 0) },
    ...{ planned: places.length, finished: finished.length },
    drops: places.filter((place) => entries.dropped.at(place)).length,
    medianMs: times.length === 0 ? null : median(times),
    p95Ms: supports(times.length, 0.95) ? quantile(times, 0.95) : null,
    maxMs: times.at(-1) ?? null,
    totalMs: times.reduce((sum, ms) => sum + ms, 0),
  };
}

const serviceMs =
  ({ lastUs, sentUs }: Samples) =>
  (place: number): number =>
    (lastUs.at(place) - sentUs.at(place)) / 1000;

/** With pairs enough for blocks as the overhead takes them; with fewer, each pair is a block of its own. */
function changeOf(samples: Samples, { baseline, gateway }: Pairs, pairs: Places): StatementRow['change'] {
  if (pairs.length === 0) return null;
  const timeMs = serviceMs(samples);
  const baselineMs = numbersAt(pairs, (i) => timeMs(baseline[i] ?? 0));
  const differences = numbersAt(pairs, (i) => timeMs(gateway[i] ?? 0)).map(
    (ms, i) => ms - (baselineMs[i] ?? 0),
  );
  const baselineMedianMs = median(sorted(baselineMs));
  const inBlocks = estimate(differences.map((ms) => ms * 1000));
  if (inBlocks.lowMs !== null) {
    const { estimateMs, lowMs, highMs } = inBlocks;
    return { pairs: pairs.length, baselineMedianMs, estimateMs, lowMs, highMs };
  }
  const interval = pairs.length < FEWEST_PAIRS ? null : signedRankInterval(differences);
  return {
    ...{ pairs: pairs.length, baselineMedianMs, estimateMs: hodgesLehmann(differences) },
    ...{ lowMs: interval?.low ?? null, highMs: interval?.high ?? null },
  };
}

/** The part of a change that its interval leaves no doubt of, whichever its direction. */
function certainChangeMs({ change }: StatementRow): number {
  return Math.max(change?.lowMs ?? 0, -(change?.highMs ?? 0), 0);
}
