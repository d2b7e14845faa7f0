/** What the admin API works with. */
import type { Auth } from '../auth/index.ts';
import type { Reloads } from '../config/live/reloads.ts';
import type { ProxyContext } from '../proxy/context.ts';
import type { Analysis } from '../routing/analysis.ts';
import type { ExternalRouter } from '../routing/external/router.ts';
import type { Tunings } from '../routing/tuning.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** The proxy's own things, to look at; and what only the API needs. */
export interface AdminContext extends ProxyContext {
  readonly auth: Auth;
  readonly rules: RuleSet | undefined;
  readonly reloads: Reloads;
  /** Weights and canary shares in force. */
  readonly tunings: Tunings;
  /** Undefined where requests are not analysed. */
  readonly analysis: Analysis | undefined;
  readonly externalRouter: ExternalRouter | undefined;
}

/** True where the Java gateway's own answers are wanted even where ours tell more. */
export function isStrict({ config }: AdminContext): boolean {
  return config.compat === 'strict';
}
