/** What a run was made with: versions and machine, so that another can make it again. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { version } from '../base/project.ts';
import type { DriverName } from '../replay/drivers/drivers.ts';

/** `driver` is what carries the load: a library of somebody else's is part of what a run was made with. */
export function softwareVersions(driver: DriverName = 'wire'): Record<string, string> {
  const own = { rehearse: version, node: process.versions.node, v8: process.versions.v8 };
  return driver === 'wire' ? own : { ...own, [driver]: packageVersion(driver) };
}

function packageVersion(name: string): string {
  const file = new URL(import.meta.resolve(`${name}/package.json`));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
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
