/**
 * Where our default is another than the Java gateway's, on purpose. A value that stands in the file always counts;
 * where there is none, `compat: strict` takes the Java gateway's.
 */
import { type Draft, isMap, keyOf, setAt, valueAt } from './draft.ts';

export interface StrictDefault {
  readonly key: string;
  /** What the Java gateway does, in this file's terms. */
  readonly java: unknown;
  readonly why: string;
  /** Key that must be in the file for this one to have a meaning. */
  readonly within?: string;
}

export const STRICT_DEFAULTS: readonly StrictDefault[] = [
  {
    key: 'monitor.taskDelay',
    java: '1m',
    why: 'a killed cluster is noticed within a second, not a minute',
  },
  {
    key: 'clusterStatsConfiguration.monitorType',
    java: 'INFO_API',
    why: 'a coordinator says that it has started before it can run a query; ours waits for a table scan',
  },
  { key: 'routing.holdFor', java: '0s', why: 'a statement waits for a ready cluster instead of failing' },
  { key: 'proxy.retryFor', java: '0s', why: 'a poll waits out a short trouble instead of failing' },
  {
    key: 'rerun.enabled',
    java: false,
    why: 'a read-only query whose cluster was lost before its first row runs again instead of failing',
  },
  { key: 'routing.asyncTimeout', java: '2m', why: 'an exchange has no end while bytes come' },
  {
    key: 'listen.processForwarded',
    java: 'reject',
    why: 'a gateway behind a load balancer works as it is, instead of answering 406',
  },
  {
    key: 'routingRules.rulesExternalConfiguration.timeout',
    java: '5m',
    why: 'a slow routing service must not hold every statement',
    within: 'routingRules.rulesExternalConfiguration',
  },
];

export function applyStrictDefaults(draft: Draft): void {
  if (draft.data.compat !== 'strict') return;
  for (const { key, java, within } of STRICT_DEFAULTS) {
    const path = key.split('.');
    const given = valueAt(draft.data, path) !== undefined;
    if (given || (within !== undefined && !isMap(valueAt(draft.data, within.split('.'))))) continue;
    if (setAt(draft.data, path, java)) draft.reasons.set(keyOf(path), { kind: 'compat' });
  }
}
