/** `METRICS`: OpenMetrics text against minima and maxima, bounds included (ClusterStatsMetricsMonitor). */
import { ask, basicAuth } from './ask.ts';
import { countsOf, type Monitor, type MonitorSettings, unwell } from './monitor.ts';

export function metricsMonitor(settings: MonitorSettings): Monitor {
  const { maxima, metricsEndpoint, minima, password, queuedMetric, runningMetric, username } = settings;
  const wanted = new Set([runningMetric, queuedMetric, ...Object.keys(minima), ...Object.keys(maxima)]);
  const query = [...wanted].map((name) => `name%5B%5D=${encodeURIComponent(name)}`).join('&');
  const identity =
    password === '' ? { 'x-trino-user': username } : { authorization: basicAuth(username, password) };
  const headers = {
    ...identity,
    'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  };

  return async (target) => {
    const answer = await ask(target, settings, `${metricsEndpoint}?${query}`, {
      headers,
      retries: settings.retries,
    });
    if (typeof answer === 'string') return unwell('UNHEALTHY', answer);
    if (answer.status !== 200) return unwell('UNHEALTHY', `${metricsEndpoint} answered ${answer.status}`);
    const values = valuesIn(answer.text);
    const trouble =
      missing(wanted, values) ??
      outside(minima, values, (value, bound) => value >= bound, 'at least') ??
      outside(maxima, values, (value, bound) => value <= bound, 'at most');
    if (trouble !== undefined) return unwell('UNHEALTHY', trouble);
    const whole = (name: string) => Math.trunc(values.get(name) ?? 0);
    return {
      status: 'HEALTHY',
      reason: 'all metrics are within their bounds',
      counts: countsOf(whole(runningMetric), whole(queuedMetric), undefined),
    };
  };
}

/** Name (labels included) to value; comments and lines of another form are passed over. */
function valuesIn(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name = '', value = ''] = line.trim().split(/\s+/);
    if (!line.startsWith('#') && value !== '') values.set(name, Number(value));
  }
  return values;
}

function missing(wanted: ReadonlySet<string>, values: ReadonlyMap<string, number>): string | undefined {
  const name = [...wanted].find((n) => !values.has(n));
  return name === undefined ? undefined : `the metric ${name} is missing`;
}

function outside(
  bounds: Readonly<Record<string, number>>,
  values: ReadonlyMap<string, number>,
  holds: (value: number, bound: number) => boolean,
  words: string,
): string | undefined {
  for (const [name, bound] of Object.entries(bounds)) {
    const value = values.get(name) ?? Number.NaN;
    if (!holds(value, bound)) return `the metric ${name} is ${value}, not ${words} ${bound}`;
  }
  return undefined;
}
