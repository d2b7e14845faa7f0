import { expect, test } from 'vitest';
import { EVERYBODY } from '../../gateway/auth/principal.ts';
import { backendChanges } from '../../gateway/http/changes.ts';
import type { AdminContext } from '../../gateway/http/context.ts';
import type { Backend } from '../../gateway/store/store.ts';

const BLUE: Backend = {
  name: 'blue',
  proxyTo: 'http://h:1',
  externalUrl: 'http://h:1',
  routingGroup: 'g',
  active: false,
};
const BY = { caller: EVERYBODY, address: '127.0.0.1' };

/** A fleet that notes what happens to it, over a store that may refuse. */
function recorded(refuses = false) {
  const happened: string[] = [];
  const backends = new Map([[BLUE.name, BLUE]]);
  const registry = {
    get: (name: string) => backends.get(name),
    async save(backend: Backend) {
      happened.push(`save ${backend.name} ${backend.active ? 'active' : 'inactive'}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (refuses) throw new Error('disk full');
      backends.set(backend.name, backend);
    },
    async remove(name: string) {
      happened.push(`remove ${name}`);
      backends.delete(name);
    },
  };
  const ctx = {
    config: { compat: 'better' },
    fleet: {
      registry,
      view: () => ({ seen: { status: 'HEALTHY', reason: 'ready' } }),
      mark: (name: string, status: string) => void happened.push(`mark ${name} ${status}`),
    },
    store: { kind: 'sqlite' },
    log: { warn: () => undefined },
  } as unknown as AdminContext;
  return { changes: backendChanges(ctx), happened };
}

test('a backend is PENDING before it is saved as active, so that no query slips in between', async () => {
  const { changes, happened } = recorded();
  expect(await changes.setActive('blue', true, BY)).toBeUndefined();
  expect(happened).toEqual(['mark blue PENDING', 'save blue active']);
});

test('an inactive one is UNKNOWN until the next check', async () => {
  const { changes, happened } = recorded();
  await changes.setActive('blue', false, BY);
  expect(happened).toEqual(['mark blue UNKNOWN', 'save blue inactive']);
});

test('what the store does not take leaves the state as it was', async () => {
  const { changes, happened } = recorded(true);
  expect(await changes.setActive('blue', true, BY)).toMatchObject({ status: 503 });
  expect(happened).toEqual(['mark blue PENDING', 'save blue active', 'mark blue HEALTHY']);
});

test('two that add one name at the same time: the second is told that it exists', async () => {
  const { changes, happened } = recorded();
  const green = { ...BLUE, name: 'green' };
  const [first, second] = await Promise.all([changes.add(green, BY), changes.add(green, BY)]);
  expect([first, second]).toEqual([undefined, expect.objectContaining({ status: 409 })]);
  expect(happened.filter((h) => h.startsWith('save'))).toHaveLength(1);
});

test('a change that failed does not hold up the next', async () => {
  const { changes } = recorded(true);
  const answers = await Promise.all([changes.save(BLUE, BY), changes.remove('blue', BY)]);
  expect(answers).toEqual([expect.objectContaining({ status: 503 }), undefined]);
});
