/** Loss of an availability zone: all its clusters die in the same moment; standbys elsewhere take over. */
import { sleep } from '../../base/clock.ts';
import type { SingleAction } from '../../scenario/expand.ts';
import { type RollContext, StepFailed } from '../context.ts';
import { activate, startUp, waitBusy, waitHealthy } from '../steps.ts';

export async function loseZone(
  spec: NonNullable<SingleAction['loseZone']>,
  context: RollContext,
  action: number,
): Promise<void> {
  const { fleet, clock, signal } = context;
  const lost = fleet.clusters.filter((c) => c.zone === spec.zone && fleet.isUp(c.name)).map((c) => c.name);
  if (lost.length === 0) throw new StepFailed(`no cluster of zone ${spec.zone} was running`);
  await waitBusy(context, lost[0] ?? '', spec.minOpen);
  await Promise.all(lost.map((name) => fleet.kill(name, 'SIGKILL', action)));
  await Promise.all(
    spec.standbys.map(async (name) => {
      await startUp(context, name, action);
      await waitHealthy(context, name, action);
      await activate(context, name, action);
      await waitHealthy(context, name, action);
    }),
  );
  if (spec.restoreAfter === undefined) return sleep(clock, context.detectionMs, signal);
  await sleep(clock, spec.restoreAfter, signal);
  await Promise.all(
    lost.map(async (name) => {
      await fleet.start(name, action);
      await waitHealthy(context, name, action);
    }),
  );
}
