/** Metrics of what goes on beside the requests: history, rules, the external router. */
import type { AdminContext } from '../context.ts';
import { byKey, type Metric, one } from './metric.ts';

export function upkeepMetrics(ctx: AdminContext): Metric[] {
  const { reloads, store, waitingRoom } = ctx;
  const history = (name: string, type: Metric['type'], help: string, read: () => number): Metric => ({
    name: `rehearse_gateway_history_${name}`,
    type,
    help,
    read: () => one(read()),
  });
  return [
    history('written_total', 'counter', 'Rows of query history written', () => store.historyCounts().written),
    history(
      'lost_total',
      'counter',
      'Rows lost: the queue was full, or the store refused them',
      () => store.historyCounts().lost,
    ),
    history('queued_rows', 'gauge', 'Rows waiting to be written', () => store.historyCounts().queued),
    {
      name: 'rehearse_gateway_queue_waiting',
      help: 'Statements that wait in the gateway’s own queue',
      type: 'gauge',
      read: () => one(waitingRoom.counts().waiting),
    },
    {
      name: 'rehearse_gateway_queue_statements_total',
      help: 'Statements that entered the queue, and how they left it',
      type: 'counter',
      read: () => {
        const { waiting: _, ...counts } = waitingRoom.counts();
        return byKey('event', counts);
      },
    },
    {
      name: 'rehearse_gateway_reloads_total',
      help: 'Times that configuration and rules were read again; failed: nothing of it came into force',
      type: 'counter',
      read: () => byKey('result', { ...reloads.counts() }),
    },
    {
      name: 'rehearse_gateway_rules',
      help: 'Rules in force',
      type: 'gauge',
      read: () => one(ctx.rules?.rules.length ?? 0),
    },
    {
      name: 'rehearse_gateway_rule_faults_total',
      help: 'Times that a rule was skipped because it could not be evaluated',
      type: 'counter',
      read: () =>
        [...(ctx.rules?.faults() ?? [])].map(([rule, { count }]) => ({
          labels: { rule },
          value: count,
        })),
    },
  ];
}
