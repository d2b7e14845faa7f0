/**
 * What the machine did meanwhile, from /proc and the control group: processor time of the generator and of everything it
 * started, time that a hypervisor or a quota took away, and whether anything was left. Empty where there is no /proc.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { HostHealth } from '../measure/record/run-info.ts';

const EVERY_MS = 1_000;
/** Readings in a window of ten seconds. */
const WINDOW = 10;
/** Clock ticks per second in /proc; Linux has told programs 100 on every architecture we know. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface HostWatch {
  /** A process to look at from now on. */
  add(pid: number, name: string): void;
  /** Stops and tells; undefined without a /proc. */
  stop(): HostHealth | undefined;
}

interface Watched {
  readonly name: string;
  readonly pid: number;
  /** CPU seconds when first seen, at each of the last ten readings, and latest. */
  first: number;
  recent: number[];
  latest: number;
  worstCores: number;
  mostBytes: number;
}

interface MachineTimes {
  readonly total: number;
  readonly idle: number;
  readonly steal: number;
}

/** Where the figures are read; a test has files of its own. */
export interface HostSources {
  readonly proc: string;
  readonly cgroup: string;
  readonly everyMs: number;
}

export function watchHost(sources: Partial<HostSources> = {}): HostWatch {
  const { proc = '/proc', cgroup = '/sys/fs/cgroup', everyMs = EVERY_MS } = sources;
  const start = machineTimes(proc);
  const throttledStart = throttledUs(cgroup);
  const watched = new Map<number, Watched>();
  const windows: MachineTimes[] = start === undefined ? [] : [start];
  const worst = { idleShare: 1, load: 0, descriptors: 0 };
  const add = (pid: number, name: string) => {
    const seconds = cpuSeconds(proc, pid);
    if (seconds === undefined) return;
    watched.set(pid, {
      name,
      pid,
      first: seconds,
      recent: [seconds],
      latest: seconds,
      worstCores: 0,
      mostBytes: 0,
    });
  };
  const look = () => {
    lookAtMachine(proc, windows, worst);
    for (const one of watched.values()) lookAtProcess(proc, one, everyMs);
  };
  add(process.pid, 'load generator');
  const startedMs = performance.now();
  const timer = setInterval(look, everyMs);
  timer.unref();
  return {
    add,
    stop() {
      clearInterval(timer);
      look();
      const end = machineTimes(proc);
      if (start === undefined || end === undefined) return undefined;
      const elapsedS = Math.max(0.001, (performance.now() - startedMs) / 1000);
      return {
        cores: availableParallelism(),
        stealShare: share(end.steal - start.steal, end.total - start.total),
        leastIdleShare: worst.idleShare,
        mostLoad: worst.load,
        throttledMs: Math.max(0, throttledUs(cgroup) - throttledStart) / 1000,
        descriptorShare: worst.descriptors,
        processes: [...watched.values()].map(({ name, first, latest, worstCores, mostBytes }) => ({
          ...{ name, meanCores: (latest - first) / elapsedS, worstCores, mostMiB: mostBytes / 2 ** 20 },
        })),
      };
    },
  };
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

function lookAtMachine(
  proc: string,
  windows: MachineTimes[],
  worst: { idleShare: number; load: number; descriptors: number },
): void {
  const now = machineTimes(proc);
  if (now === undefined) return;
  windows.push(now);
  if (windows.length > WINDOW) {
    const before = windows.shift() ?? now;
    worst.idleShare = Math.min(worst.idleShare, share(now.idle - before.idle, now.total - before.total));
  }
  worst.load = Math.max(worst.load, Number(read(`${proc}/loadavg`)?.split(' ')[0] ?? 0));
  worst.descriptors = Math.max(worst.descriptors, descriptorShare(proc));
}

function lookAtProcess(proc: string, one: Watched, everyMs: number): void {
  const seconds = cpuSeconds(proc, one.pid);
  if (seconds === undefined) return;
  one.latest = seconds;
  one.recent.push(seconds);
  if (one.recent.length > WINDOW) {
    const before = one.recent.shift() ?? seconds;
    one.worstCores = Math.max(one.worstCores, (seconds - before) / ((WINDOW * everyMs) / 1000));
  }
  const pages = Number(read(`${proc}/${one.pid}/statm`)?.split(' ')[1] ?? 0);
  one.mostBytes = Math.max(one.mostBytes, pages * PAGE_BYTES);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal, in ticks. */
function machineTimes(proc: string): MachineTimes | undefined {
  const fields = read(`${proc}/stat`)?.split('\n', 1)[0]?.trim().split(/\s+/).slice(1, 9).map(Number);
  if (fields === undefined || fields.length < 8 || fields.some(Number.isNaN)) return undefined;
  const [, , , idle = 0, iowait = 0, , , steal = 0] = fields;
  return { total: fields.reduce((sum, x) => sum + x, 0), idle: idle + iowait, steal };
}

/** User and system time of a process, seconds; undefined when it is gone. Its name may hold spaces and brackets. */
function cpuSeconds(proc: string, pid: number): number | undefined {
  const text = read(`${proc}/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields.length < 13) return undefined;
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Time for which a quota of the control group kept its processes from running, microseconds. */
function throttledUs(cgroup: string): number {
  return Number(/^throttled_usec (\d+)$/m.exec(read(`${cgroup}/cpu.stat`) ?? '')?.[1] ?? 0);
}

/** Open files and sockets of the generator against its limit. */
function descriptorShare(proc: string): number {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(read(`${proc}/self/limits`) ?? '')?.[1] ?? 0);
  try {
    return share(readdirSync(`${proc}/self/fd`).length, limit);
  } catch {
    return 0;
  }
}
