/**
 * The start-up of a coordinator, as measured on a real one: a closed port, a silent port, `starting`, then a gap in
 * which it says it is ready but cannot scan the tables of every catalog yet.
 */
import type { StubConfig } from '../config.ts';

export type Phase = 'closed' | 'silent' | 'starting' | 'gap' | 'ready';

export interface Readiness {
  /** Milliseconds from process start to the opening of the port. */
  readonly opensAtMs: number;
  /** Milliseconds from process start to the first answer. */
  readonly answersAtMs: number;
  phase(sinceStartMs: number): Phase;
  /** True when a catalog's nodes are known, so that its tables can be scanned. */
  canScan(catalog: string | undefined, sinceStartMs: number): boolean;
  /** What the first scan costs on top; 0 for all later ones. */
  takeColdScanMs(): number;
}

/** Builds the phases from the configured lengths. */
export function readiness(startup: StubConfig['startup']): Readiness {
  const { closedMs, silentMs, startingMs, gapMs } = startup;
  const answersAtMs = closedMs + silentMs;
  const startedAtMs = answersAtMs + startingMs;
  const gapOf = (catalog: string | undefined): number =>
    typeof gapMs === 'number' ? gapMs : (gapMs[catalog ?? '*'] ?? gapMs['*'] ?? 0);
  const longestGapMs = typeof gapMs === 'number' ? gapMs : Math.max(0, ...Object.values(gapMs));
  let coldScanMs = startup.coldScanMs;
  return {
    opensAtMs: closedMs,
    answersAtMs,
    phase: (ms) => {
      if (ms < closedMs) return 'closed';
      if (ms < answersAtMs) return 'silent';
      if (ms < startedAtMs) return 'starting';
      return ms < startedAtMs + longestGapMs ? 'gap' : 'ready';
    },
    canScan: (catalog, ms) => ms >= startedAtMs + gapOf(catalog),
    takeColdScanMs: () => {
      const cost = coldScanMs;
      coldScanMs = 0;
      return cost;
    },
  };
}
