/**
 * Draining by Trino's rules: a coordinator has no graceful end, so its queries have to be gone before it stops. A
 * statement that was posted but not polled yet is invisible to its coordinator, so its word alone proves nothing:
 * a cluster counts as drained after several zeros in a row, by its own word and by the gateway's.
 */
import { pollUntil, sleep } from '../base/clock.ts';
import { formatMs } from '../base/units.ts';
import type { BackendState } from '../fleet/gateways/gateway-admin.ts';
import { askOpenQueryList, killQuery, type OpenQuery, refuses } from '../fleet/probe.ts';
import { type RollContext, StepFailed, step } from './context.ts';
import { adminOf, stateOr } from './steps.ts';

const POLL_MS = 200;
const ZEROS_IN_A_ROW = 3;
/** Five seconds: longer than a restart of whatever stands before the coordinator. */
const GONE_LOOKS = 25;
/** After killing what was late: its clients fetch the error, then nothing is open any more. */
const AFTER_KILL_MS = 5_000;
const NAMED_AT_MOST = 5;

export interface DrainSpec {
  readonly drainTimeout: number;
  readonly whenLate: 'abort' | 'kill' | 'wait';
  readonly countBy: 'both' | 'gateway' | 'cluster';
}

/** What the two counts were at the last look. */
interface Look {
  readonly own: readonly OpenQuery[] | undefined;
  readonly state: BackendState | undefined;
}

/** Waits until a deactivated cluster has no query; what is left when patience is over is named, then the policy rules. */
export async function drain(
  context: RollContext,
  cluster: string,
  spec: DrainSpec,
  action: number,
): Promise<void> {
  const text = () => `${cluster} has no query left (${ZEROS_IN_A_ROW} zeros in a row)`;
  await step(context, 'cluster-drained', { cluster, action }, text, async () => {
    const watch = drainWatch(context, cluster, spec);
    if (await watch.untilEmpty(spec.drainTimeout)) {
      if (watch.isGone())
        context.emit('warning', `${cluster} has died: ${watch.last()}; its queries are lost`, {
          cluster,
          action,
        });
      return;
    }
    const late = `${cluster} still had queries after ${formatMs(spec.drainTimeout)}: ${watch.last()}${named(watch.open())}`;
    if (spec.whenLate === 'abort') throw new StepFailed(late);
    context.emit('warning', late, { cluster, action });
    if (spec.whenLate === 'wait') {
      while (!(await watch.untilEmpty(spec.drainTimeout)));
      return;
    }
    await killAll(context, cluster, watch.open(), action);
    if (await watch.untilEmpty(AFTER_KILL_MS)) return;
    // A client that has gone away never fetches its error, and the gateway counts its query for minutes.
    if (watch.open().length > 0)
      throw new StepFailed(`${cluster} still had queries after these were killed: ${watch.last()}`);
    context.emit('warning', `clients of killed queries have not come back: ${watch.last()}`, {
      cluster,
      action,
    });
  });
}

function drainWatch(context: RollContext, cluster: string, spec: DrainSpec) {
  let zeros = 0;
  let last = '';
  let open: readonly OpenQuery[] = [];
  let goneLooks = 0;
  const look = async (): Promise<true | undefined> => {
    const { own, state } = await lookAt(context, cluster, (why) => {
      last = why;
    });
    if (state === undefined) return undefined;
    open = own ?? open;
    last = `${own?.length ?? 'unknown'} by its own word, ${state.openQueries ?? 'unknown'} by the gateway's`;
    zeros = isEmpty({ own, state }, spec) ? zeros + 1 : 0;
    const isDead = own === undefined && state.status === 'UNHEALTHY' && (await isRefused(context, cluster));
    goneLooks = isDead ? goneLooks + 1 : 0;
    return zeros >= ZEROS_IN_A_ROW || goneLooks >= GONE_LOOKS ? true : undefined;
  };
  return {
    last: () => last,
    open: () => open,
    /** Nothing listens at its address any more: there is nothing to wait for. */
    isGone: () => goneLooks >= GONE_LOOKS,
    async untilEmpty(patienceMs: number): Promise<boolean> {
      // Time enough for the looks that prove it, however short the patience.
      const timeoutMs = Math.max(patienceMs, POLL_MS * (ZEROS_IN_A_ROW + 1));
      const wait = { everyMs: POLL_MS, timeoutMs, signal: context.signal };
      return (await pollUntil(context.clock, wait, look)) === true;
    },
  };
}

const isRefused = (context: RollContext, cluster: string) => refuses(context.fleet.cluster(cluster).url);

async function lookAt(context: RollContext, cluster: string, failed: (why: string) => void): Promise<Look> {
  const [own, state] = await Promise.all([
    askOpenQueryList(context.fleet.cluster(cluster).url),
    stateOr(adminOf(context), cluster, failed),
  ]);
  return { own, state };
}

/** A gateway that does not count leaves it to the cluster; somebody has to have counted. */
function isEmpty({ own, state }: Look, { countBy }: DrainSpec): boolean {
  const byGateway = state?.openQueries;
  if (countBy === 'gateway') return byGateway === 0;
  if (countBy === 'cluster') return own?.length === 0;
  return own?.length === 0 && (byGateway ?? 0) === 0;
}

function named(open: readonly OpenQuery[]): string {
  if (open.length === 0) return '';
  const shown = open
    .slice(0, NAMED_AT_MOST)
    .map(({ id, state, user, source }) => `${id} of ${user}${source === '' ? '' : ` (${source})`}, ${state}`);
  const more = open.length > NAMED_AT_MOST ? `; and ${open.length - NAMED_AT_MOST} more` : '';
  return `; in the way: ${shown.join('; ')}${more}`;
}

async function killAll(
  context: RollContext,
  cluster: string,
  open: readonly OpenQuery[],
  action: number,
): Promise<void> {
  const { url } = context.fleet.cluster(cluster);
  for (const { id } of open) {
    const taken = await killQuery(url, id, `${cluster} is being replaced and its time to drain is over`);
    context.emit(
      'warning',
      taken ? `killed ${id} on ${cluster}` : `${cluster} did not take the kill of ${id}`,
      {
        cluster,
        action,
      },
    );
  }
  await sleep(context.clock, POLL_MS, context.signal);
}
