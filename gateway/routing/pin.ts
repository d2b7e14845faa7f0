/**
 * A request may name the cluster it wants, where the configuration allows that: `routing.pin`. Pinning is for trying
 * out a cluster, so it reaches one that is deactivated, but not one that is not healthy.
 */
import { shortened } from '../../src/base/shorten.ts';
import { HEADER } from '../../src/trino/headers.ts';
import type { Router } from './routers.ts';

export interface PinSettings {
  /** Header that names a backend. */
  readonly header: string;
  /** Users (`X-Trino-User`) and sources (`X-Trino-Source`) that may; `*` lets everybody. */
  readonly users: readonly string[];
  readonly sources: readonly string[];
}

/** A router that answers the pinned backend, or refuses. `groupOf`: the group of a backend, if there is one. */
export function pinRouter(settings: PinSettings, groupOf: (backend: string) => string | undefined): Router {
  const { header, sources, users } = settings;
  const allows = (list: readonly string[], value: string | null) =>
    list.includes('*') || (value !== null && list.includes(value));
  return (request) => {
    const backend = request.header(header);
    if (backend === null || backend === '') return undefined;
    const by = `pin ${shortened(backend)}`;
    const refuse = (status: number, why: string) => ({
      group: undefined,
      by,
      refusal: [why],
      refusalStatus: status,
    });
    const allowed =
      allows(users, request.header(HEADER.user)) || allows(sources, request.header(HEADER.source));
    if (!allowed) return refuse(403, `${header}: this user and source may not choose a cluster`);
    const group = groupOf(backend);
    if (group === undefined) return refuse(400, `${header}: no backend is named "${shortened(backend)}"`);
    return { group, by, backend };
  };
}
