/** What the machine did meanwhile (method notes, section 7): shown always, warned of where it can have disturbed. */
import { formatCount, formatMs, formatShare } from '../../base/units.ts';
import type { HostHealth, ProcessLoad } from '../record/run-info.ts';
import type { ValidityCheck } from '../summary/summary.ts';

const MOST_STEAL = 0.02;
const LEAST_IDLE = 0.05;
const MOST_DESCRIPTORS = 0.8;

/** One check for each way to be disturbed, then one line a process; `calmer` is how to ask for less load. */
export function hostChecks(host: HostHealth, calmer: string): readonly ValidityCheck[] {
  const warn = (
    name: string,
    ok: boolean,
    observed: string,
    limit: string,
    advice: string,
  ): ValidityCheck => ({
    ...{ name, severity: 'warn', ok, observed, limit, advice },
  });
  const { cores, mostLoad, leastIdleShare, stealShare, throttledMs, descriptorShare } = host;
  return [
    warn(
      'processor left over, worst 10 s',
      leastIdleShare >= LEAST_IDLE,
      `${formatShare(leastIdleShare)} idle, load ${mostLoad.toFixed(1)} on ${cores} cores`,
      `≥ ${formatShare(LEAST_IDLE)} idle`,
      `Generator, gateway and clusters fought for the processor: what was measured is this machine. Free it, or ${calmer}.`,
    ),
    warn(
      'time stolen by the hypervisor',
      stealShare <= MOST_STEAL,
      formatShare(stealShare),
      `≤ ${formatShare(MOST_STEAL)}`,
      'Other guests of the host disturbed the run: try again, or on a machine of your own.',
    ),
    warn(
      'time throttled by a quota',
      throttledMs === 0,
      formatMs(throttledMs),
      '0 ms',
      `The container’s processor quota stopped the run for moments: raise it, or ${calmer}.`,
    ),
    warn(
      'open files and sockets',
      descriptorShare <= MOST_DESCRIPTORS,
      `${formatShare(descriptorShare)} of the limit`,
      `≤ ${formatShare(MOST_DESCRIPTORS)}`,
      'Raise the limit of open files (ulimit -n), or allow fewer connections (load.connections).',
    ),
    ...host.processes.map((process) => processCheck(process, cores)),
  ];
}

/** Informs: a process cannot use more than there is. */
function processCheck({ name, meanCores, worstCores, mostMiB }: ProcessLoad, cores: number): ValidityCheck {
  return {
    name: `processor of ${name}`,
    severity: 'warn',
    ok: true,
    observed: `${meanCores.toFixed(2)} cores on average, ${worstCores.toFixed(2)} in the worst 10 s, ${formatCount(mostMiB)} MiB`,
    limit: `${cores} cores there`,
    advice: '',
  };
}
