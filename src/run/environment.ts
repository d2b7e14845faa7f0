/** What a run was made with: versions and machine, so that another can make it again. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { version } from '../base/project.ts';

export function softwareVersions(): Record<string, string> {
  return { rehearse: version, node: process.versions.node, v8: process.versions.v8 };
}

/** CPU, cores, memory, kernel; cgroup limits where there are some. No host name: reports are passed around. */
export function machineFacts(): Record<string, string | number> {
  const processors = cpus();
  const limit = cgroupCpuLimit();
  return {
    platform: `${platform()} ${arch()}`,
    kernel: release(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Number((totalmem() / 1024 ** 3).toFixed(1)),
    ...(limit === undefined ? {} : { cpuLimitCores: limit }),
  };
}

function cgroupCpuLimit(): number | undefined {
  try {
    const [quota, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').trim().split(' ');
    return quota === 'max' ? undefined : Number(quota) / Number(period);
  } catch {
    return undefined;
  }
}
