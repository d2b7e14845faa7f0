/**
 * `UI_API`: the web UI's own figures, after its form login, with the queued queries of each user
 * (ClusterStatsHttpMonitor). The login is kept until it is refused.
 */
import { z } from 'zod';
import { type Answered, ask, jsonOf } from './ask.ts';
import { countsOf, type Monitor, type MonitorSettings, type MonitorTarget, unwell } from './monitor.ts';

const LOGIN = '/ui/login';
const STATS = '/ui/api/stats';
const QUEUED = '/ui/api/query?state=QUEUED';

const stats = z.object({ activeWorkers: z.int(), queuedQueries: z.int(), runningQueries: z.int() });
const queries = z.array(z.object({ sessionUser: z.string() }));

export function uiApiMonitor(settings: MonitorSettings): Monitor {
  const cookies = new Map<string, string>();

  async function logIn(target: MonitorTarget): Promise<string | undefined> {
    const { password, username } = settings;
    const answer = await ask(target, settings, LOGIN, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username, password }).toString(),
    });
    if (typeof answer === 'string') return answer;
    const pairs = answer.setCookies.map((line) => line.split(';')[0] ?? '').filter((pair) => pair !== '');
    cookies.set(target.proxyTo, pairs.join('; '));
    return undefined;
  }

  async function fetchPage(target: MonitorTarget, path: string): Promise<Answered | string> {
    const withCookie = () =>
      ask(target, settings, path, { headers: { cookie: cookies.get(target.proxyTo) ?? '' } });
    if (cookies.has(target.proxyTo)) {
      const answer = await withCookie();
      if (typeof answer === 'string' || answer.status !== 401) return answer;
    }
    return (await logIn(target)) ?? withCookie();
  }

  return async (target) => {
    const answer = jsonOf(await fetchPage(target, STATS), STATS);
    if (typeof answer === 'string') return unwell('UNKNOWN', answer);
    const read = stats.safeParse(answer.json);
    if (!read.success) return unwell('UNKNOWN', `${STATS} answered no statistics`);
    const { activeWorkers, queuedQueries, runningQueries } = read.data;
    const users = usersOf(jsonOf(await fetchPage(target, QUEUED), QUEUED));
    return {
      status: activeWorkers > 0 ? 'HEALTHY' : 'UNHEALTHY',
      reason: `${STATS} counts ${activeWorkers} workers`,
      counts: countsOf(runningQueries, queuedQueries, activeWorkers, users),
    };
  };
}

/** Queued queries by user; nobody's where the list cannot be had, as in the Java gateway. */
function usersOf(answer: { readonly json: unknown } | string): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  const read = typeof answer === 'string' ? undefined : queries.safeParse(answer.json);
  for (const { sessionUser } of read?.data ?? []) users.set(sessionUser, (users.get(sessionUser) ?? 0) + 1);
  return users;
}
