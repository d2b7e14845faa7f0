/** `JMX`: two beans over /v1/jmx/mbean (ClusterStatsJmxMonitor). A password goes out over https only. */
import { z } from 'zod';
import { ask, basicAuth, jsonOf } from './ask.ts';
import { countsOf, type Monitor, type MonitorSettings, type MonitorTarget, unwell } from './monitor.ts';

const NODES = '/v1/jmx/mbean/trino.metadata:name=DiscoveryNodeManager';
const QUERIES = '/v1/jmx/mbean/trino.execution:name=QueryManager';
const bean = z.object({ attributes: z.array(z.object({ name: z.string(), value: z.unknown() })) });

type Attributes = ReadonlyMap<string, number>;

export function jmxMonitor(settings: MonitorSettings): Monitor {
  const { password, username } = settings;
  async function attributes(target: MonitorTarget, path: string): Promise<Attributes | string> {
    const headers: Record<string, string> = { 'x-trino-user': username };
    if (target.proxyTo.startsWith('https:')) headers.authorization = basicAuth(username, password);
    const answer = jsonOf(await ask(target, settings, path, { headers }), path);
    if (typeof answer === 'string') return answer;
    const read = bean.safeParse(answer.json);
    if (!read.success) return `${path} answered no bean`;
    const numbers = read.data.attributes.filter(({ value }) => typeof value === 'number');
    return new Map(numbers.map(({ name, value }) => [name, value as number]));
  }

  return async (target) => {
    const [nodes, queries] = await Promise.all([attributes(target, NODES), attributes(target, QUERIES)]);
    if (typeof nodes === 'string') return unwell('UNHEALTHY', nodes);
    if (typeof queries === 'string') return unwell('UNHEALTHY', queries);
    const active = nodes.get('ActiveNodeCount');
    const counts = countsOf(queries.get('RunningQueries') ?? 0, queries.get('QueuedQueries') ?? 0, active);
    if (active === undefined) return { status: 'UNKNOWN', reason: `${NODES} has no ActiveNodeCount`, counts };
    return {
      status: active > 0 ? 'HEALTHY' : 'UNHEALTHY',
      reason: `ActiveNodeCount is ${active}`,
      counts,
    };
  };
}
