/** A whole run in one process: simulated clusters that tell what they run, a replay, and the judge. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { startEventListener } from '../../src/evidence/listener.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { samplesOf } from '../../src/measure/record/samples.ts';
import type { Told } from '../../src/measure/record/told.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { buildPlan } from '../../src/plan/build.ts';
import { stagesFrom } from '../../src/plan/pacing.ts';
import type { ClientName } from '../../src/replay/client-profile.ts';
import type { DriverName } from '../../src/replay/drivers/drivers.ts';
import { startReplay } from '../../src/replay/engine.ts';
import { expectedResult, type PlantInput, type StubServer, startStub } from '../../src/stub/index.ts';
import { gateway } from '../gateway/helpers.ts';
import { info } from '../measure/factory.ts';
import { record, scenario } from '../plan/factory.ts';

export interface ProofOptions {
  readonly queries: number;
  readonly plants?: readonly PlantInput[];
  readonly client?: ClientName;
  /** What carries the statements; the wire driver when not given. */
  readonly driver?: DriverName;
  /** Through the bundled gateway with these deliberate faults; otherwise straight to the first cluster. */
  readonly simulate?: Record<string, unknown>;
  readonly queryTimeoutMs?: number;
}

export interface Proof {
  readonly summary: Summary;
  readonly stubs: Readonly<Record<'bi' | 'olap', StubServer>>;
  /** Sequence numbers of the queries on which a planted defect took effect, by the clusters' own record. */
  readonly planted: readonly number[];
}

const RUN_ID = 'proof';
const SETTLE_MS = 100;

export async function prove(options: ProofOptions): Promise<Proof> {
  const originMs = systemClock.nowMs();
  const toUs = () => Math.round((systemClock.nowMs() - originMs) * 1000);
  const told: Told[] = [];
  const listener = await startEventListener((cluster, event) => {
    told.push({ atUs: toUs(), by: 'listener', cluster, ...event });
  });
  onTestFinished(() => listener.close());
  const start = async (name: string) => {
    const { header, uri } = listener.addressFor(name);
    const stub = await startStub({
      startup: { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 },
      service: { kind: 'constant', ms: 5 },
      maxRunning: 500,
      eventListener: { uri, authorization: header.value },
      plants: [...(options.plants ?? [])],
    });
    onTestFinished(() => stub.close());
    return stub;
  };
  const stubs = { bi: await start('bi'), olap: await start('olap') };
  const url = options.simulate === undefined ? stubs.bi.url : await gatewayUrl(stubs, options.simulate);
  const events = Object.entries(stubs).flatMap(([name, stub]): RunEvent[] => [
    {
      ...{ atUs: 0, type: 'cluster-incarnation', cluster: name, group: name },
      ...{ suffix: stub.suffix, text: `${name} is up` },
    },
    { atUs: 0, type: 'cluster-activated', cluster: name, group: name, text: `${name} is active` },
  ]);
  const samples = await replay(options, url, originMs);
  // Every event of what has happened so far has been taken when its sender has its answer.
  await Promise.all(Object.values(stubs).map((stub) => stub.eventsSent()));
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const summary = summarise({
    info: info(samples, {
      id: RUN_ID,
      evidence: 'listener',
      clusters: Object.keys(stubs).map((name) => ({ name, group: name, driver: 'stub', zone: '' })),
    }),
    samples: samplesOf(samples),
    events,
    told,
  });
  const tokens = Object.values(stubs).flatMap((stub) => Object.values(stub.state().planted).flat());
  const planted = tokens.map((token) => Number(token.slice(`${RUN_ID}-g`.length))).toSorted((a, b) => a - b);
  return { summary, stubs, planted };
}

async function gatewayUrl(stubs: Proof['stubs'], simulate: Record<string, unknown>): Promise<string> {
  const backends = Object.entries(stubs).map(([name, { url }]) => ({
    name,
    proxyTo: url,
    routingGroup: name,
  }));
  const gw = await gateway({
    ...{ backends, simulate, rerun: { enabled: false } },
    routing: { defaultRoutingGroup: 'bi' },
    health: { probe: 'info' },
  });
  for (const { name } of backends) await gw.until(name, { trinoStatus: 'HEALTHY' });
  return gw.url;
}

async function replay(options: ProofOptions, url: string, originMs: number): Promise<readonly Sample[]> {
  const records = Array.from({ length: options.queries }, (_, i) =>
    record({ sql: `SELECT ${i} AS n FROM tpch.tiny.nation`, arrivedAtMs: i, user: `user ${i}` }),
  );
  const plan = buildPlan(records, scenario({ baseline: { share: 0 } }), { expectedResult });
  const samples: Sample[] = [];
  const running = startReplay(plan, {
    ...{ clock: systemClock, originMs, runId: RUN_ID, seed: 1, connections: 64 },
    shape: { model: 'closed', stages: stagesFrom(16, []) },
    ...{ client: options.client ?? 'strict', driver: options.driver },
    queryTimeoutMs: options.queryTimeoutMs ?? 20_000,
    mayContact: () => true,
    targetOf: () => ({ url, name: '' }),
    wanted: () => false,
    onSample: (sample) => samples.push(sample),
    signal: new AbortController().signal,
  });
  await running.done;
  return samples;
}
