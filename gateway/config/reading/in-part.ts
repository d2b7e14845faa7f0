/** Keys of the Java gateway that do here less than there. What they do is noted where a file sets them. */
import type { GatewayConfig } from '../schema.ts';
import { WITHOUT_COUNTS } from '../sections/monitor.ts';
import { type Draft, note, valueAt } from './draft.ts';

interface InPart {
  readonly key: string;
  /** What to note of a configuration; undefined where the key does all that it does in the Java gateway. */
  told(config: GatewayConfig): string | undefined;
}

const JUDGED_BY_MONITOR = 'for that write health: {probe: monitor}, or compat: strict';

const IN_PART: readonly InPart[] = [
  {
    key: 'clusterStatsConfiguration.monitorType',
    told(config) {
      const { monitorType } = config.clusterStatsConfiguration;
      if (isJudgedByMonitor(config) || monitorType === undefined) return undefined;
      const does = WITHOUT_COUNTS.includes(monitorType)
        ? 'changes nothing'
        : 'only counts the queries of each cluster';
      return `${monitorType} ${does}: health.probe (${config.health.probe}) judges health, while in the Java gateway this monitor does; ${JUDGED_BY_MONITOR}`;
    },
  },
  ...(['metricMinimumValues', 'metricMaximumValues'] as const).map(
    (key): InPart => ({
      key: `monitor.${key}`,
      told: (config) =>
        isJudgedByMonitor(config)
          ? undefined
          : `changes nothing while health.probe (${config.health.probe}) judges health and not the monitor; ${JUDGED_BY_MONITOR}`,
    }),
  ),
  {
    key: 'routing.asyncTimeout',
    told: ({ proxy }) =>
      `ends an exchange in which nothing has come for so long (proxy.requestTimeout: ${proxy.requestTimeout / 1_000} s); in the Java gateway it ends every exchange that takes longer`,
  },
];

function isJudgedByMonitor({ backends, compat, health }: GatewayConfig): boolean {
  const judged = compat === 'strict' || health.probe === 'monitor';
  return judged || backends.some((backend) => backend.health?.probe === 'monitor');
}

export function noteInPart(draft: Draft, config: GatewayConfig): void {
  for (const { key, told } of IN_PART) {
    const path = key.split('.');
    if (valueAt(draft.source.data, path) === undefined) continue;
    const text = told(config);
    if (text !== undefined) note(draft, path, `${key}: ${text}`);
  }
}
