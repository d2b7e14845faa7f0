// A file system that is full or read-only under SQLite: needs the right to mount one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BLUE, flushed, recorded, storeAt } from '../gateway/store/table.ts';

const mount = (...args: readonly string[]) => execFileSync('mount', args, { stdio: 'ignore' });

/** A file system of half a megabyte, or undefined where it may not be mounted. */
function smallDisk(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'store-disk-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', dir);
    return dir;
  } catch {
    rmSync(dir, { recursive: true });
    return undefined;
  }
}

const disk = smallDisk();

describe.skipIf(disk === undefined)('SQLite on a small disk', () => {
  const dir = disk ?? '';
  afterAll(() => {
    execFileSync('umount', [dir]);
    rmSync(dir, { recursive: true });
  });

  test('full: changes say so, the history waits, and goes on when there is room', async () => {
    const store = await storeAt({ path: join(dir, 'gateway.db') });
    await store.saveBackend(BLUE);
    const ballast = join(dir, 'ballast');
    expect(() => writeFileSync(ballast, Buffer.alloc(2 ** 20))).toThrow(/ENOSPC/);
    for (let i = 0; i < 20; i++) store.recordQuery(recorded(`q${i}`, { sql: Buffer.alloc(4_000, 'x') }));
    await expect.poll(() => store.health()).toMatchObject({ reachable: false, reason: /^it is full/ });
    await expect(store.saveBackend({ ...BLUE, externalUrl: 'x'.repeat(200_000) })).rejects.toThrow(
      /^it is full/,
    );
    expect(await store.backends()).toEqual([BLUE]);
    rmSync(ballast);
    await flushed(store, 20);
    expect(store.historyCounts().lost).toBe(0);
    await store.saveBackend({ ...BLUE, active: false });
    expect(store.health()).toEqual({ reachable: true, reason: '' });
  });

  test('read-only: it is refused at the start, with a hint', async () => {
    const path = join(dir, 'gateway.db');
    const first = await storeAt({ path });
    await first.saveBackend(BLUE);
    await first.close();
    mount('-o', 'remount,ro', dir);
    try {
      await expect(storeAt({ path })).rejects.toMatchObject({
        code: 'STORE_UNREACHABLE',
        message: expect.stringContaining('its file cannot be used (unable to open database file)'),
        hint: expect.stringContaining('a folder that may be written to'),
      });
    } finally {
      mount('-o', 'remount,rw', dir);
    }
  });
});
