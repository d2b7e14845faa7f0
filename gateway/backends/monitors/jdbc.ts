/**
 * `JDBC`: counts the other users' queries of the last hour by state (ClusterStatsJdbcMonitor). The same question,
 * through our own statement client; no JDBC driver is involved.
 */
import { runStatement } from '../statement.ts';
import { basicAuth } from './ask.ts';
import { countsOf, type Monitor, type MonitorSettings, unwell } from './monitor.ts';

export function jdbcMonitor(settings: MonitorSettings): Monitor {
  const { password, queryTimeoutMs, timeoutMs, username } = settings;
  const headers: Record<string, string> = {};
  if (password !== '') headers.authorization = basicAuth(username, password);
  if (settings.forwardedProto) headers['x-forwarded-proto'] = 'https';
  const sql = [
    'SELECT state, COUNT(*) AS count FROM system.runtime.queries',
    `WHERE user != '${username.replaceAll("'", "''")}' AND date_diff('hour', created, now()) <= 1 GROUP BY state`,
  ].join(' ');
  return async ({ pools, proxyTo, signal }) => {
    const outcome = await runStatement({ proxyTo, user: username, pools, headers }, sql, {
      answerMs: timeoutMs,
      totalMs: queryTimeoutMs,
      signal,
    });
    const what = 'the count of system.runtime.queries';
    switch (outcome.kind) {
      case 'finished': {
        const counted = new Map(outcome.rows.map(([state, count]) => [state, Number(count)]));
        const running = counted.get('RUNNING') ?? 0;
        const queued = counted.get('QUEUED') ?? 0;
        return { status: 'HEALTHY', reason: `${what} answers`, counts: countsOf(running, queued, undefined) };
      }
      case 'failed':
        return unwell('UNKNOWN', `${what} failed with ${outcome.errorName}: ${outcome.message}`);
      case 'timeout':
        return unwell('UNKNOWN', `${what} was still ${outcome.state} when its time was up`);
      case 'unreachable':
        return unwell('UNKNOWN', `${what}: ${outcome.reason}`);
    }
  };
}
