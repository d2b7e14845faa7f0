/** Brings the backends that a configuration declares into the registry. */
import type { Backend } from '../store/store.ts';
import type { Registry } from './registry.ts';

/**
 * Saves what is new or different and removes what was declared before and is not any more. Whether a backend that is
 * known already is active stays as the API has left it, unless the declaration itself has changed in that: a restart
 * must not undo a roll. Rejects when the store does not take it; what was changed until then is put back.
 */
export async function declareBackends(
  registry: Registry,
  before: readonly Backend[],
  after: readonly Backend[],
): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const declared of after) {
      const known = registry.get(declared.name);
      const earlier = before.find((b) => b.name === declared.name);
      const switched = earlier !== undefined && earlier.active !== declared.active;
      const wanted = { ...declared, active: switched ? declared.active : (known?.active ?? declared.active) };
      if (known !== undefined && sameBackend(known, wanted)) continue;
      await registry.save(wanted);
      undo.push(() => (known === undefined ? registry.remove(declared.name) : registry.save(known)));
    }
    for (const { name } of before) {
      const known = registry.get(name);
      if (known === undefined || after.some((b) => b.name === name)) continue;
      await registry.remove(name);
      undo.push(() => registry.save(known));
    }
  } catch (error) {
    // What the store does not take back now, its next reading corrects in memory.
    for (const step of undo.toReversed()) await step().catch(() => undefined);
    throw error;
  }
}

function sameBackend(a: Backend, b: Backend): boolean {
  return (
    a.proxyTo === b.proxyTo &&
    a.externalUrl === b.externalUrl &&
    a.routingGroup === b.routingGroup &&
    a.active === b.active
  );
}
