/** Statements by their shape: which take longest, and which the gateway changes most. */
import type { Entry, Ledger } from './ledger.ts';
import { estimate } from './overhead-estimate.ts';
import { comparePairs, type Pair } from './overhead-pairs.ts';
import { hodgesLehmann } from './stats/hodges-lehmann.ts';
import { median, quantile, sorted, supports } from './stats/quantile.ts';
import { signedRankInterval } from './stats/wilcoxon.ts';
import type { StatementRow, Statements } from './summary.ts';

const MOST_ROWS = 20;
/** The smallest sample whose exact two-sided signed-rank interval reaches 95 % (method notes, section 2.4). */
const FEWEST_PAIRS = 6;

/** The gateway arm by fingerprint; times are service times, so that the generator's lateness is in none of them. */
export function statements(ledger: Ledger, texts: ReadonlyMap<string, string>): Statements {
  const shapes = Map.groupBy(ledger.gateway, (entry) => entry.sample.fingerprint);
  const pairs = Map.groupBy(comparePairs(ledger).used, (pair) => pair.gateway.sample.fingerprint);
  const rows = Array.from(shapes, ([fingerprint, entries]) =>
    row(fingerprint, entries, pairs.get(fingerprint) ?? [], texts.get(fingerprint) ?? ''),
  );
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
  entries: readonly Entry[],
  pairs: readonly Pair[],
  text: string,
): StatementRow {
  const finished = entries.filter((entry) => entry.outcome === 'finished');
  const times = sorted(finished.filter((entry) => entry.outside === undefined).map(serviceMs));
  return {
    ...{ fingerprint, text, kind: entries[0]?.sample.kind ?? '' },
    ...{ planned: entries.length, finished: finished.length },
    drops: entries.filter((entry) => entry.dropped).length,
    medianMs: times.length === 0 ? null : median(times),
    p95Ms: supports(times.length, 0.95) ? quantile(times, 0.95) : null,
    maxMs: times.at(-1) ?? null,
    totalMs: times.reduce((sum, ms) => sum + ms, 0),
    change: pairs.length === 0 ? null : changeOf(pairs),
  };
}

function serviceMs({ sample }: Entry): number {
  return (sample.lastUs - sample.sentUs) / 1000;
}

/** With pairs enough for blocks as the overhead takes them; with fewer, each pair is a block of its own. */
function changeOf(pairs: readonly Pair[]): NonNullable<StatementRow['change']> {
  const differences = pairs.map((pair) => serviceMs(pair.gateway) - serviceMs(pair.baseline));
  const baselineMedianMs = median(sorted(pairs.map((pair) => serviceMs(pair.baseline))));
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
