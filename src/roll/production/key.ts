/** From what is asked to which roll it is, and to its plan. */
import { failure } from '../../base/errors.ts';
import type { GatewayAdmin } from '../../fleet/gateways/gateway-admin.ts';
import type { RollPlan } from '../plan.ts';
import { blueGreen } from '../strategies/blue-green.ts';
import { canary } from '../strategies/canary.ts';
import { restartInPlace } from '../strategies/restart.ts';
import type { ProductionRoll } from './config.ts';
import type { RollKey } from './state.ts';

/** Which cluster is left and which is entered, by the gateway's word where both are only named. */
export async function resolveKey(roll: ProductionRoll, admin: GatewayAdmin): Promise<RollKey> {
  const { gateway, group, strategy } = roll;
  const base = { gateway: gateway.url, group, strategy };
  if (strategy === 'restart') {
    if (roll.from === undefined || roll.to !== undefined || roll.between !== undefined)
      throw impossible('strategy restart takes one cluster', 'Name it with --from alone.');
    if (roll.clusters[roll.from]?.stop === undefined)
      throw impossible(
        `nobody here may restart ${roll.from}`,
        `Give its commands: clusters.${roll.from}.start and .stop.`,
      );
    return { ...base, from: roll.from, to: roll.from };
  }
  if (roll.between !== undefined) return { ...base, ...(await direction(roll.between, admin)) };
  const { from, to } = roll;
  if (from === undefined || to === undefined || from === to)
    throw impossible('it takes two clusters', 'Name them with --from and --to, or with --between A,B.');
  return { ...base, from, to };
}

const impossible = (reason: string, hint: string) => failure('ROLL_IMPOSSIBLE', { reason, hint });

async function direction(
  [a, b]: readonly [string, string],
  admin: GatewayAdmin,
): Promise<Pick<RollKey, 'from' | 'to'>> {
  const active = new Set(await admin.active());
  if (active.has(a) === active.has(b))
    throw impossible(
      `${active.has(a) ? 'both' : 'neither'} of ${a} and ${b} is active, so the direction is not clear`,
      'Say it with --from and --to.',
    );
  return active.has(a) ? { from: a, to: b } : { from: b, to: a };
}

export function planOf(roll: ProductionRoll, { group, strategy, from, to }: RollKey): RollPlan {
  const draining = { drainTimeout: roll.drainTimeout, whenLate: roll.whenLate, countBy: roll.countBy };
  const common = { group, from, to, stopOld: stopsOld(roll, from), ...draining };
  if (strategy === 'restart') return restartInPlace({ cluster: from, minOpen: 0, ...draining });
  if (strategy === 'blue-green') return blueGreen({ ...common, minOpen: 0 });
  return canary({ ...common, shares: roll.shares, hold: roll.hold, maxFailures: 0, minQueries: 1 });
}

const stopsOld = (roll: ProductionRoll, from: string) =>
  roll.stopOld && roll.clusters[from]?.stop !== undefined;
