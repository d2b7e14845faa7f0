/** How queries were spread over the backends (the Java gateway's getDistribution). */
import { z } from 'zod';
import type { MinuteCount } from '../../store/store.ts';
import { type AdminContext, isStrict } from '../context.ts';
import { readJson } from '../input.ts';
import { envelope, type Route } from '../route.ts';
import { reading } from './history.ts';

const HOUR_MS = 3_600_000;

const input = z.strictObject({
  latestHour: z
    .number()
    .int()
    .min(1)
    .max(24 * 366)
    .nullish(),
});

interface Share {
  readonly backendUrl: string;
  readonly queryCount: number;
  readonly name: string;
}

export function distributionRoute(ctx: AdminContext): Route {
  const startTime = new Date().toISOString();
  return {
    method: 'POST',
    path: '/webapp/getDistribution',
    roles: ['USER'],
    body: 'json',
    handle: ({ body }) =>
      reading(ctx, async () => {
        const read = readJson(body, input, { strict: isStrict(ctx), absent: {} });
        if ('refusal' in read) return read.refusal;
        const hours = read.value.latestHour ?? 1;
        const counts = await ctx.store.history.perMinute(Date.now() - hours * HOUR_MS);
        return envelope({ ...backendCounts(ctx), ...queryCounts(ctx, counts, hours), startTime });
      }),
  };
}

function backendCounts(ctx: AdminContext): object {
  const views = ctx.fleet.views();
  const online = views.filter((v) => v.backend.active).length;
  const healthy = views.filter((v) => v.seen.status === 'HEALTHY').length;
  return {
    totalBackendCount: views.length,
    offlineBackendCount: views.length - online,
    onlineBackendCount: online,
    healthyBackendCount: healthy,
    unhealthyBackendCount: views.length - healthy,
  };
}

function queryCounts(ctx: AdminContext, counts: readonly MinuteCount[], hours: number): object {
  const total = counts.reduce((sum, c) => sum + c.count, 0);
  const perMinute = total / (hours * 60);
  const byBackend = new Map<string, number>();
  const lineChart: Record<string, (Share & { epochMillis: number })[]> = Object.create(null);
  for (const { backendUrl, count, minuteMs } of counts) {
    byBackend.set(backendUrl, (byBackend.get(backendUrl) ?? 0) + count);
    const name = nameOf(ctx, backendUrl);
    lineChart[name] ??= [];
    lineChart[name].push({ epochMillis: minuteMs, backendUrl, queryCount: count, name });
  }
  const distributionChart: Share[] = [...byBackend].map(([backendUrl, queryCount]) => ({
    backendUrl,
    queryCount,
    name: nameOf(ctx, backendUrl),
  }));
  return {
    totalQueryCount: total,
    averageQueryCountMinute: perMinute,
    averageQueryCountSecond: perMinute / 60,
    distributionChart,
    lineChart,
  };
}

/** The backend at a URL; of one that is no longer configured the URL stands for the name. */
export function nameOf(ctx: AdminContext, backendUrl: string): string {
  return ctx.fleet.at(backendUrl)?.backend.name ?? backendUrl;
}
