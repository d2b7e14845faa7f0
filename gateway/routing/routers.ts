/** Which routing group a request belongs to: a list of opinions, the first one counts, the fallback is named. */
import { HEADER } from '../../src/trino/headers.ts';
import type { RuleRequest } from '../rules/facts.ts';
import type { RuleSet } from '../rules/rule-set.ts';

export interface Opinion {
  readonly group: string;
  /** Who said so, for the record: `rule superset`, `header`, `default`. */
  readonly by: string;
}

/** Answers an opinion, or nothing when it has none. */
export type Router = (request: RuleRequest) => Opinion | undefined;

/** Asks the rules in force. With rules on, the routing-group header counts only where a rule reads it. */
export function rulesRouter(current: () => RuleSet): Router {
  return (request) => {
    const { group, fired } = current().decide(request);
    return group === undefined ? undefined : { group, by: `rule ${fired.at(-1)}` };
  };
}

/** The group the client asks for. */
export const headerRouter: Router = (request) => {
  const group = request.header(HEADER.routingGroup);
  return group === null || group === '' ? undefined : { group, by: 'header' };
};

/** The first opinion, or the default group. */
export function chooseGroup(routers: readonly Router[], request: RuleRequest, defaultGroup: string): Opinion {
  for (const router of routers) {
    const opinion = router(request);
    if (opinion !== undefined) return opinion;
  }
  return { group: defaultGroup, by: 'default' };
}
