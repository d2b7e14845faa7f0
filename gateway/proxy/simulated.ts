/** Deliberate faults of routing (`simulate`): they prove that a measuring instrument finds such faults. */
import type { ProxyContext } from './context.ts';

/** The group that a statement is to go to, where one in `simulate.misrouteEvery` is sent astray. */
export function misrouted({ config, counters, fleet }: ProxyContext, group: string): string {
  const every = config.simulate.misrouteEvery;
  if (every === undefined || counters.submitted % every !== 0) return group;
  const other = fleet
    .views()
    .map(({ backend }) => backend.routingGroup)
    .find((name) => name !== group && fleet.candidates(name).length > 0);
  return other ?? group;
}

/** The backend that a query is asked for at, where one query in `simulate.strayEvery` is asked for at a wrong one. */
export function strayed({ config, fleet }: ProxyContext, queryId: string, proxyTo: string): string {
  const every = config.simulate.strayEvery;
  if (every === undefined) return proxyTo;
  // Ids of one coordinator are numbered: `…_00042_ab3de`.
  const number = Number(/_(\d+)_[a-z0-9]+$/.exec(queryId)?.[1] ?? '1');
  if (number % every !== 0) return proxyTo;
  const others = fleet.views().map(({ backend }) => backend.proxyTo);
  return others.find((other) => other !== proxyTo) ?? proxyTo;
}
