/** `monitor`, `clusterStatsConfiguration`, `backendState`: how backends are asked how they are. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

const metrics = () => z.record(z.string(), z.number());

export const monitor = z
  .strictObject({
    taskDelay: duration().prefault('1s').describe('period of the checks of one backend'),
    timeout: duration().prefault('10s').describe('longest wait for one answer of a check'),
    countsEvery: duration()
      .prefault('5s')
      .describe('period of asking a cluster for its counts, with a clusterStatsConfiguration.monitorType'),
    retries: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('INFO_API and METRICS: further attempts on 502, 503, 504'),
    queryTimeout: duration().prefault('10s').describe('JDBC: longest time of the query'),
    explicitPrepare: z
      .boolean()
      .default(false)
      .describe('JDBC: PREPARE and EXECUTE instead of EXECUTE IMMEDIATE'),
    clusterMetricsRegistryRefreshPeriod: duration()
      .prefault('30s')
      .describe('accepted; the metrics of a backend follow its checks at once'),
    metricsEndpoint: z.string().startsWith('/').default('/metrics').describe('METRICS: path at the backend'),
    runningQueriesMetricName: name().default('trino_execution_name_QueryManager_RunningQueries'),
    queuedQueriesMetricName: name().default('trino_execution_name_QueryManager_QueuedQueries'),
    metricMinimumValues: metrics()
      .default({ trino_metadata_name_DiscoveryNodeManager_ActiveNodeCount: 1 })
      .describe('METRICS: healthy when each of these is at least so much'),
    metricMaximumValues: metrics().default({}).describe('METRICS: and each of these at most so much'),
  })
  .prefault({});

/** Monitors that tell no counts: where they do not judge health either, they are not asked. */
export const WITHOUT_COUNTS: readonly string[] = ['NOOP', 'INFO_API'];

export const clusterStatsConfiguration = z
  .strictObject({
    monitorType: z
      .enum(['NOOP', 'INFO_API', 'UI_API', 'JDBC', 'JMX', 'METRICS'])
      .optional()
      .describe(
        'which of the Java gateway’s monitors asks for counts; health is judged by it with health.probe: monitor or compat: strict (there INFO_API when absent)',
      ),
  })
  .prefault({});

export const backendState = z
  .strictObject({
    username: name().describe('who asks, for UI_API, JDBC, JMX and METRICS'),
    password: z.string().default(''),
    ssl: z.boolean().default(false).describe('JDBC over TLS'),
    xforwardedProtoHeader: z
      .boolean()
      .default(false)
      .describe('send X-Forwarded-Proto: https with the monitor’s requests'),
  })
  .optional();
