/** What the admin API works with. */
import type { Log } from '../../src/base/log.ts';
import type { Auth } from '../auth/index.ts';
import type { Fleet } from '../backends/fleet.ts';
import type { GatewayConfig } from '../config/schema.ts';
import type { Counters } from '../proxy/counters.ts';
import type { ExternalRouter } from '../routing/external/router.ts';
import type { OpenQueries } from '../routing/open-queries.ts';
import type { LiveRules } from '../rules/watch.ts';
import type { Store } from '../store/store.ts';

export interface AdminContext {
  readonly config: GatewayConfig;
  readonly auth: Auth;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly open: OpenQueries;
  readonly counters: Counters;
  readonly rules: LiveRules | undefined;
  readonly externalRouter: ExternalRouter | undefined;
  readonly log: Log;
}

/** True where the Java gateway's own answers are wanted even where ours tell more. */
export function isStrict({ config }: AdminContext): boolean {
  return config.compat === 'strict';
}
