/** Changing backends: one change at a time, PENDING before a query can go there, and undone when not stored. */
import { errorText } from '../../src/base/errors.ts';
import { maskText } from '../../src/base/secrets.ts';
import { shortened } from '../../src/base/shorten.ts';
import { EVERYBODY } from '../auth/principal.ts';
import type { Status } from '../backends/seen.ts';
import type { Change } from '../store/backends.ts';
import type { Backend } from '../store/store.ts';
import { backendJson } from './backend-json.ts';
import { type AdminContext, isStrict } from './context.ts';
import { type Answer, type ApiRequest, mistake, text } from './route.ts';

/** Who asks for a change; it is recorded with it. */
export type Asker = Pick<ApiRequest, 'caller' | 'address'>;

export interface Changes {
  /** Saves; undefined when it is done, else what to answer. */
  save(backend: Backend, by: Asker): Promise<Answer | undefined>;
  /** Saves what is not there yet. */
  add(backend: Backend, by: Asker): Promise<Answer | undefined>;
  /** Saves a known backend with another flag; `unknown` when there is none of that name. */
  setActive(name: string, active: boolean, by: Asker): Promise<Answer | 'unknown' | undefined>;
  remove(name: string, by: Asker): Promise<Answer | undefined>;
}

export function backendChanges(ctx: AdminContext): Changes {
  const { registry } = ctx.fleet;
  let last: Promise<unknown> = Promise.resolve();
  /** Two changes at a time could each find a name free, or undo each other's flags. */
  function inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = last.then(change);
    last = turn.catch(() => undefined);
    return turn;
  }
  const save = (backend: Backend, action: string, by: Asker) => {
    const change = record(action, by, backend.name, registry.get(backend.name), backend);
    return marked(ctx, backend, () => registry.save(backend, change));
  };
  return {
    save: (backend, by) => inTurn(() => save(backend, 'update', by)),
    add: (backend, by) =>
      inTurn(async () => {
        if (registry.get(backend.name) === undefined) return save(backend, 'add', by);
        return mistake(
          isStrict(ctx),
          409,
          `The backend was not added: the name "${shortened(backend.name)}" already exists`,
        );
      }),
    setActive: (name, active, by) =>
      inTurn(async () => {
        const known = registry.get(name);
        return known === undefined
          ? 'unknown'
          : save({ ...known, active }, active ? 'activate' : 'deactivate', by);
      }),
    remove: (name, by) =>
      inTurn(() => {
        const known = registry.get(name);
        const change = known === undefined ? undefined : record('delete', by, name, known, undefined);
        return writing(ctx, () => registry.remove(name, change));
      }),
  };
}

function record(
  action: string,
  { address, caller }: Asker,
  name: string,
  before: Backend | undefined,
  after: Backend | undefined,
): Change {
  const text = (backend: Backend | undefined) =>
    backend === undefined ? undefined : JSON.stringify(backendJson(backend));
  const actor = caller === EVERYBODY ? '' : caller.name;
  return { actor, origin: address, action, kind: 'backend', name, before: text(before), after: text(after) };
}

/**
 * Marks before it saves: a backend that was found healthy while it was inactive must not get a query in between. What
 * was known comes back when the store does not take the change.
 */
async function marked(
  ctx: AdminContext,
  backend: Backend,
  write: () => Promise<void>,
): Promise<Answer | undefined> {
  const before = ctx.fleet.view(backend.name)?.seen;
  const status: Status = backend.active ? 'PENDING' : 'UNKNOWN';
  ctx.fleet.mark(backend.name, status, 'changed by the API; not checked since');
  const failure = await writing(ctx, write);
  if (failure !== undefined && before !== undefined)
    ctx.fleet.mark(backend.name, before.status, before.reason);
  return failure;
}

async function writing(ctx: AdminContext, write: () => Promise<void>): Promise<Answer | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    const reason = maskText(errorText(error));
    ctx.log.warn({ reason }, 'the store did not take a change of the backends');
    return text(503, `The ${ctx.store.kind} store does not take changes now: ${reason}`);
  }
}
