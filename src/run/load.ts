/** The load of a run, made ready: what the scenario says, as the order that a generator takes, on one thread or on several. */
import { stagesFrom } from '../plan/pacing.ts';
import { type Generator, type LoadOrder, localGenerator } from '../replay/generator.ts';
import type { LoadShape } from '../replay/shape.ts';
import type { Part } from '../replay/source.ts';
import type { ClusterNews, Routes } from '../replay/targets.ts';
import { threadedGenerator } from '../replay/threads/pool.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Prepared } from './prepare.ts';
import type { Stage } from './stage.ts';

export interface LoadOptions {
  readonly prepared: Prepared;
  readonly runId: string;
  /** Tells where queries go while the run goes on. */
  readonly news: ClusterNews;
  /** What this process sends of the plan. */
  readonly part?: Part | undefined;
}

/** Makes the load ready, lets `play` start it, and ends its threads. Throws LOAD_THREAD_LOST when one cannot start. */
export async function withLoad<T>(
  stage: Stage,
  options: LoadOptions,
  play: (load: Generator) => Promise<T>,
): Promise<T> {
  const { prepared, news } = options;
  const { threads } = prepared.scenario.load;
  const order = orderOf(stage, options);
  const load =
    threads === 1
      ? await localGenerator(prepared.plan, order, news)
      : await threadedGenerator(prepared.plan, order, news, { threads });
  try {
    return await play(load);
  } finally {
    await load.close();
  }
}

function orderOf(stage: Stage, { prepared, runId, part }: LoadOptions): LoadOrder {
  const { load, seed, safety } = prepared.scenario;
  return {
    ...{ runId, seed, driver: load.driver, client: load.client, connections: load.connections },
    shape: { ...loadShape(load), part },
    stopWhen: { ...load.stopWhen, lateByMs: load.stopWhen.lateBy },
    ...{ queryTimeoutMs: load.queryTimeout, queueTimeoutMs: load.queueTimeout, mostRows: load.mostRows },
    ...{ allowHosts: safety.allowHosts, access: prepared.access, routes: routesOf(stage, prepared) },
  };
}

function loadShape(load: Scenario['load']): LoadShape {
  const start = load.model === 'rate' ? load.rate : load.concurrency;
  return {
    model: load.model,
    stages: stagesFrom(start, load.stages),
    arrivals: load.arrivals,
    thinkMs: load.thinkTime,
    durationMs: load.duration,
    mostQueries: load.queries,
    inSessions: load.sessions === 'replay',
  };
}

function routesOf({ fleet, gateway, baselineGateway }: Stage, { scenario }: Prepared): Routes {
  return {
    gatewayUrl: gateway.url,
    baselineUrl: baselineGateway?.url,
    clusters: fleet.clusters.map(({ name, group, url }) => ({ name, group, url })),
    // Without a gateway there is nobody to call it healthy.
    backBy: scenario.gateway.driver === 'none' ? 'cluster-up' : 'cluster-healthy',
  };
}
