/** Whom a fault hits. */
import { request } from 'undici';
import { errorText } from '../../base/errors.ts';
import { type RollContext, StepFailed } from '../context.ts';
import type { FaultSpec } from './index.ts';

/** The cluster's name; the scenario's checks have seen that there is one. */
export function clusterOf({ cluster, type }: FaultSpec): string {
  if (cluster === undefined) throw new StepFailed(`fault ${type} needs a cluster`);
  return cluster;
}

/** Its name, when it runs: what is down cannot be broken. */
export function runningCluster(spec: FaultSpec, { fleet }: RollContext): string {
  const cluster = clusterOf(spec);
  if (!fleet.isUp(cluster)) throw new StepFailed(`${cluster} does not run, so it cannot be broken`);
  return cluster;
}

const CONTROL_TIMEOUT_MS = 5_000;

/** Turns a knob of a simulated coordinator. */
export async function turnKnob(
  context: RollContext,
  cluster: string,
  knob: string,
  body: object,
): Promise<void> {
  const { url, driver } = context.fleet.cluster(cluster);
  if (driver !== 'stub')
    throw new StepFailed(`${cluster} is no simulated cluster: ${knob} is a knob of those`);
  try {
    const answer = await request(`${url}/stub/v1/${knob}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
    });
    await answer.body.dump();
    if (answer.statusCode !== 204) throw new Error(`it answered ${answer.statusCode}`);
  } catch (error) {
    throw new StepFailed(`the knob ${knob} of ${cluster} could not be turned: ${errorText(error)}`);
  }
}
