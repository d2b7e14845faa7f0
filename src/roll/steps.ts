/** The steps that rolls and faults are made of; each waits for its own proof and records it. */
import { pollUntil } from '../base/clock.ts';
import { RehearseError } from '../base/errors.ts';
import { formatMs } from '../base/units.ts';
import type { BackendState, GatewayAdmin } from '../fleet/gateway-admin.ts';
import { askOpenQueries } from '../fleet/probe.ts';
import { type RollContext, StepFailed, step } from './context.ts';

const POLL_MS = 200;
/**
 * A statement that was posted but not polled yet is invisible to its coordinator, so one zero proves nothing:
 * a cluster counts as drained after so many zeros in a row, by its own word and by the gateway's.
 */
const ZEROS_IN_A_ROW = 3;

/** The gateway's admin API; actions that need it are refused when the scenario is loaded. */
export function adminOf(context: RollContext): GatewayAdmin {
  if (context.admin === undefined) throw new StepFailed('there is no gateway to ask');
  return context.admin;
}

/** One answer that did not come is no reason to give a step up: it is asked again. */
async function stateOr(
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

export async function activate(context: RollContext, cluster: string, action: number): Promise<void> {
  const text = () => `${cluster} is active: new queries go there`;
  await step(context, 'cluster-activated', { cluster, action }, text, () =>
    adminOf(context).activate(cluster),
  );
}

export async function deactivate(context: RollContext, cluster: string, action: number): Promise<void> {
  const text = () => `${cluster} is not active any more: only its running queries go on`;
  await step(context, 'cluster-deactivated', { cluster, action }, text, () =>
    adminOf(context).deactivate(cluster),
  );
}

const BUSY_POLL_MS = 50;
const LONGEST_WAIT_MS = 15_000;

/**
 * Waits until the cluster has at least so many open queries, so that what is done to it next tests something. After
 * 15 s it goes on all the same; the judge then says that nothing was tested.
 */
export async function waitBusy(context: RollContext, cluster: string, minOpen: number): Promise<void> {
  const { url } = context.fleet.cluster(cluster);
  const wait = { everyMs: BUSY_POLL_MS, timeoutMs: LONGEST_WAIT_MS, signal: context.signal };
  await pollUntil(context.clock, wait, async () =>
    minOpen === 0 || ((await askOpenQueries(url)) ?? 0) >= minOpen ? true : undefined,
  );
}

/** Waits until a deactivated cluster has no query, by its own word and by the gateway's. */
export async function drain(
  context: RollContext,
  cluster: string,
  timeoutMs: number,
  action: number,
): Promise<void> {
  const { url } = context.fleet.cluster(cluster);
  let zeros = 0;
  let last = '';
  const text = () => `${cluster} has no query left (${ZEROS_IN_A_ROW} zeros in a row)`;
  await step(context, 'cluster-drained', { cluster, action }, text, async () => {
    const wait = { everyMs: POLL_MS, timeoutMs, signal: context.signal };
    const drained = await pollUntil(context.clock, wait, async () => {
      const [own, state] = await Promise.all([
        askOpenQueries(url),
        stateOr(adminOf(context), cluster, (why) => {
          last = why;
        }),
      ]);
      if (state === undefined) return undefined;
      last = `${own ?? 'unknown'} by its own word, ${state.openQueries ?? 'unknown'} by the gateway's`;
      zeros = own === 0 && (state.openQueries ?? 0) === 0 ? zeros + 1 : 0;
      return zeros >= ZEROS_IN_A_ROW ? true : undefined;
    });
    if (drained === undefined)
      throw new StepFailed(`${cluster} still had queries after ${formatMs(timeoutMs)}: ${last}`);
  });
}
