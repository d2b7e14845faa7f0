/** What a run was made with: versions and machine, so that another can make it again. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectRoot, version } from '../base/project.ts';
import type { DriverName } from '../replay/drivers/drivers.ts';

/** `driver` is what carries the load: a library of somebody else's is part of what a run was made with. */
export function softwareVersions(driver: DriverName = 'wire'): Record<string, string> {
  const { node, v8 } = process.versions;
  const commit = sourceCommit();
  const own = { rehearse: version, ...(commit === '' ? {} : { commit }), node, v8 };
  return driver === 'wire' ? own : { ...own, [driver]: packageVersion(driver) };
}

/** The commit of a clone, `1f2e3d4c5b6a, changed` when files differ from it; '' for an installed package, or without git. */
function sourceCommit(): string {
  // A package inside somebody else's repository must not take that one's commit for its own.
  if (!existsSync(join(projectRoot, '.git'))) return '';
  const git = (...args: string[]) =>
    spawnSync('git', ['-C', projectRoot, ...args], { encoding: 'utf8', timeout: 5_000 });
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head.status !== 0) return '';
  const changed = git('status', '--porcelain', '--untracked-files=no');
  return `${head.stdout.trim()}${changed.stdout === '' ? '' : ', changed'}`;
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
