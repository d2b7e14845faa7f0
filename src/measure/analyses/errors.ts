/** The errors that queries ended in, by name: those that the dump recorded beside those that came. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Places } from '../record/columns.ts';
import type { RunInfo } from '../record/run-info.ts';
import type { ErrorRow } from '../summary/summary.ts';

/** By how often they came through the gateway, then by name; `recorded` is null where the record does not tell. */
export function errorRows(ledger: Ledger, { plan }: RunInfo): readonly ErrorRow[] {
  const { errorName } = ledger.samples;
  const countOf = (...arms: readonly Places[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const places of arms)
      for (const place of places) {
        const name = errorName.at(place);
        if (name !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    return counts;
  };
  const gateway = countOf(ledger.gateway);
  const direct = countOf(ledger.baseline, ledger.noise);
  const recorded = plan === undefined ? undefined : new Map(Object.entries(plan.errors));
  const names = new Set([...(recorded?.keys() ?? []), ...gateway.keys(), ...direct.keys()]);
  return Array.from(names, (name) => ({
    name,
    recorded: recorded === undefined ? null : (recorded.get(name) ?? 0),
    gateway: gateway.get(name) ?? 0,
    direct: direct.get(name) ?? 0,
  })).sort((a, b) => b.gateway - a.gateway || (a.name < b.name ? -1 : 1));
}
