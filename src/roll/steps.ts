/** The steps that rolls and faults are made of; each waits for its own proof and records it. */
import { pollUntil } from '../base/clock.ts';
import { RehearseError } from '../base/errors.ts';
import { formatMs } from '../base/units.ts';
import type { BackendState, GatewayAdmin } from '../fleet/gateways/gateway-admin.ts';
import { askOpenQueries } from '../fleet/probe.ts';
import { type RollContext, StepFailed, step } from './context.ts';

const POLL_MS = 200;

/** The gateway's admin API; actions that need it are refused when the scenario is loaded. */
export function adminOf(context: RollContext): GatewayAdmin {
  if (context.admin === undefined) throw new StepFailed('there is no gateway to ask');
  return context.admin;
}

/** One answer that did not come is no reason to give a step up: it is asked again. */
export async function stateOr(
  admin: GatewayAdmin,
  cluster: string,
  failed: (why: string) => void,
): Promise<BackendState | undefined> {
  try {
    return await admin.state(cluster);
  } catch (error) {
    if (!(error instanceof RehearseError)) throw error;
    failed(error.message);
    return undefined;
  }
}

/** Launches the coordinator unless it runs. */
export async function startUp(context: RollContext, cluster: string, action: number): Promise<void> {
  if (!context.fleet.isUp(cluster)) await context.fleet.start(cluster, action);
}

/** Stops the coordinator unless it is down. */
export async function stopDown(context: RollContext, cluster: string, action: number): Promise<void> {
  if (context.fleet.isUp(cluster)) await context.fleet.stop(cluster, action);
}

/** Waits until the gateway calls the cluster healthy. */
export async function waitHealthy(context: RollContext, cluster: string, action: number): Promise<void> {
  const admin = adminOf(context);
  let last = 'no answer yet';
  const text = (why: string) => `the gateway calls ${cluster} healthy${why === '' ? '' : ` (${why})`}`;
  await step(context, 'cluster-healthy', { cluster, action }, text, async () => {
    const wait = { everyMs: POLL_MS, timeoutMs: context.healthyTimeoutMs, signal: context.signal };
    const reason = await pollUntil(context.clock, wait, async () => {
      const state = await stateOr(admin, cluster, (why) => {
        last = why;
      });
      if (state === undefined) return undefined;
      last = `${state.status}${state.reason === '' ? '' : `: ${state.reason}`}`;
      return state.status === 'HEALTHY' ? state.reason : undefined;
    });
    if (reason !== undefined) return reason;
    throw new StepFailed(
      `${cluster} was not healthy after ${formatMs(context.healthyTimeoutMs)}; last ${last}`,
    );
  });
}

const ADMIN_PATIENCE_MS = 30_000;
const ADMIN_RETRY_MS = 500;

/**
 * A change through the admin API, answered with true when it is seen to be so, else with what is seen instead. A gateway
 * that is away for a moment, or takes a change and does not make it, is asked again: changes are idempotent.
 */
export async function change(
  context: RollContext,
  work: (admin: GatewayAdmin) => Promise<true | string>,
): Promise<void> {
  const admin = adminOf(context);
  let last: unknown;
  const timeoutMs = context.adminPatienceMs ?? ADMIN_PATIENCE_MS;
  const wait = { everyMs: ADMIN_RETRY_MS, timeoutMs, signal: context.signal };
  const done = await pollUntil(context.clock, wait, () =>
    work(admin).then(
      (seen) => {
        if (seen === true) return true;
        last = new StepFailed(`the gateway has taken the change, and yet ${seen}`);
        return undefined;
      },
      (error: unknown) => {
        if (!(error instanceof RehearseError)) throw error;
        last = error;
        return undefined;
      },
    ),
  );
  if (done === undefined) throw last;
}

export async function activate(context: RollContext, cluster: string, action: number): Promise<void> {
  const text = () => `${cluster} is active: new queries go there`;
  await step(context, 'cluster-activated', { cluster, action }, text, () =>
    // Activating anew would take an active cluster out of service until its next health check.
    change(context, async (admin) => {
      if ((await admin.active()).includes(cluster)) return true;
      await admin.activate(cluster);
      return (await admin.active()).includes(cluster) || `${cluster} is still not active`;
    }),
  );
}

export async function deactivate(context: RollContext, cluster: string, action: number): Promise<void> {
  const text = () => `${cluster} is not active any more: only its running queries go on`;
  await step(context, 'cluster-deactivated', { cluster, action }, text, () =>
    change(context, async (admin) => {
      await admin.deactivate(cluster);
      return !(await admin.active()).includes(cluster) || `${cluster} is still active`;
    }),
  );
}

/**
 * Throws unless the cluster is out of service, and the one that is to serve in its place, where there is such a one,
 * is in it: whoever has changed that meanwhile knew why, and what comes next would lose queries.
 */
export async function assertOut(context: RollContext, cluster: string, instead?: string): Promise<void> {
  let active: readonly string[] = [];
  await change(context, async (admin) => {
    active = await admin.active();
    return true;
  });
  const changed = 'somebody has changed that since it was rolled';
  if (active.includes(cluster))
    throw new StepFailed(`${cluster} is active in the gateway: ${changed}, and it is not taken down`);
  if (instead !== undefined && !active.includes(instead))
    throw new StepFailed(
      `${instead} is not active in the gateway: ${changed}, and ${cluster} is not taken down`,
    );
}

const BUSY_POLL_MS = 50;
const LONGEST_WAIT_MS = 15_000;

/**
 * Waits until the cluster has at least so many open queries, so that what is done to it next tests something. After
 * 15 s it goes on all the same; the judge then says that nothing was tested.
 */
export async function waitBusy(context: RollContext, cluster: string, minOpen: number): Promise<void> {
  if (minOpen === 0) return;
  const { url } = context.fleet.cluster(cluster);
  const wait = { everyMs: BUSY_POLL_MS, timeoutMs: LONGEST_WAIT_MS, signal: context.signal };
  await pollUntil(context.clock, wait, async () =>
    ((await askOpenQueries(url)) ?? 0) >= minOpen ? true : undefined,
  );
}
