import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { hostChecks } from '../../src/measure/validity/host.ts';
import { watchHost } from '../../src/run/host.ts';

/** A /proc of our own; each call moves the machine on. */
function machine() {
  const proc = mkdtempSync(join(tmpdir(), 'proc-'));
  const cgroup = mkdtempSync(join(tmpdir(), 'cgroup-'));
  for (const pid of ['self', '4711', String(process.pid)])
    mkdirSync(join(proc, pid, 'fd'), { recursive: true });
  writeFileSync(
    join(proc, 'self', 'limits'),
    'Limit Soft Hard\nMax open files            10      20      files\n',
  );
  for (let i = 0; i < 9; i++) writeFileSync(join(proc, 'self', 'fd', String(i)), '');
  const set = (ticks: { user: number; idle: number; steal: number }, cpu: number, throttledUs: number) => {
    writeFileSync(
      join(proc, 'stat'),
      `cpu  ${ticks.user} 0 0 ${ticks.idle} 0 0 0 ${ticks.steal} 0 0\ncpu0 1 2 3\n`,
    );
    writeFileSync(join(proc, 'loadavg'), '3.50 1.00 0.50 1/100 1\n');
    for (const pid of ['4711', String(process.pid)]) {
      const fields = Array.from({ length: 30 }, (_, i) => (i === 11 ? cpu : i === 12 ? 0 : 1));
      writeFileSync(join(proc, pid, 'stat'), `${pid} (a (strange) name) ${fields.join(' ')}\n`);
      writeFileSync(join(proc, pid, 'statm'), '1 25600 1 1 0 1 0\n');
    }
    writeFileSync(join(cgroup, 'cpu.stat'), `usage_usec 1\nthrottled_usec ${throttledUs}\n`);
  };
  return { proc, cgroup, set };
}

describe('the machine during a run', () => {
  test('is read from /proc: what was busy, stolen, throttled, and by whom', () => {
    vi.useFakeTimers();
    try {
      const { proc, cgroup, set } = machine();
      set({ user: 0, idle: 0, steal: 0 }, 0, 5_000);
      const watch = watchHost({ proc, cgroup, everyMs: 1_000 });
      watch.add(4711, 'gateway');
      watch.add(999_999, 'gone already');
      // Ten quiet seconds, then ten in which one core works all the time and little is left.
      for (let second = 1; second <= 20; second++) {
        const late = Math.max(0, second - 10);
        set(
          { user: late * 190, idle: 200 * second - late * 194, steal: late * 4 },
          late * 100,
          5_000 + late * 1_000,
        );
        vi.advanceTimersByTime(1_000);
      }
      const seen = watch.stop();
      expect(seen).toMatchObject({ mostLoad: 3.5, throttledMs: 10, descriptorShare: 0.9 });
      expect(seen?.leastIdleShare).toBeCloseTo(0.03, 6);
      expect(seen?.stealShare).toBeCloseTo(0.01, 6);
      expect(seen?.processes.map((p) => p.name)).toEqual(['load generator', 'gateway']);
      expect(seen?.processes[1]?.worstCores).toBeCloseTo(1, 6);
      expect(seen?.processes[1]?.mostMiB).toBe(100);
      const checks = hostChecks(seen ?? expect.fail(), 'lower the load');
      expect(checks.map((c) => [c.name, c.ok])).toEqual([
        ['processor left over, worst 10 s', false],
        ['time stolen by the hypervisor', true],
        ['time throttled by a quota', false],
        ['open files and sockets', false],
        ['processor of load generator', true],
        ['processor of gateway', true],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is unknown where there is no /proc', () => {
    const nowhere = join(tmpdir(), 'there-is-no-such-folder');
    expect(watchHost({ proc: nowhere, cgroup: nowhere }).stop()).toBeUndefined();
  });
});
