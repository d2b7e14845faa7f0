/** `INFO_API`: /v1/info says whether the coordinator is starting; it tells no counts (ClusterStatsInfoApiMonitor). */
import { z } from 'zod';
import { ask, jsonOf } from './ask.ts';
import { countsOf, type Monitor, type MonitorSettings, unwell } from './monitor.ts';

const PATH = '/v1/info';
const info = z.object({ starting: z.boolean() });

export function infoApiMonitor(settings: MonitorSettings): Monitor {
  return async (target) => {
    const plain = { ...settings, forwardedProto: false };
    const answer = jsonOf(await ask(target, plain, PATH, { retries: settings.retries }), PATH);
    if (typeof answer === 'string') return unwell('UNHEALTHY', answer);
    const read = info.safeParse(answer.json);
    if (!read.success) return unwell('UNHEALTHY', `${PATH} answered no server info`);
    const { starting } = read.data;
    return {
      status: starting ? 'PENDING' : 'HEALTHY',
      reason: starting ? `${PATH} says starting` : `${PATH} says started`,
      counts: countsOf(0, 0, undefined),
    };
  };
}
