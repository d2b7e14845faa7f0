/** Which routing group a request belongs to: a list of opinions, the first one counts, the fallback is named. */
import { HEADER } from '../../src/trino/headers.ts';
import type { RuleDecision } from '../rules/rule-set.ts';
import type { HeaderChanges } from './header-changes.ts';
import type { RequestFacts, RoutedRequest } from './request.ts';

export interface Opinion {
  /** Undefined: this router ends the chain without naming a group, and the fallback applies. */
  readonly group: string | undefined;
  /** Who said so, for the record: `rule superset`, `external router`, `header`. */
  readonly by: string;
  /** Headers that the request gets on its way to the cluster. */
  readonly headers?: HeaderChanges;
  /** The backend that has to take the request, where a router names one. */
  readonly backend?: string;
  /** Set when the request is to be refused; what the client is told. */
  readonly refusal?: readonly string[];
  /** 400 when absent. */
  readonly refusalStatus?: number;
  /** False: the statement is not to be run again (`rerun`). */
  readonly rerun?: boolean;
}

/** Where a request goes and who said so; `default` when no router had an opinion. */
export interface Decision extends Opinion {
  readonly group: string;
}

/**
 * Answers an opinion, or nothing when it has none. Only a router that has to wait answers a promise: most requests
 * are routed without leaving the turn of the event loop that they came in. `facts` analyses the request, once.
 */
export type Router = (request: RoutedRequest, facts: LazyFacts) => MaybePromise<Opinion | undefined>;

export type MaybePromise<T> = T | Promise<T>;

/** The analysis of one request, begun by the first router that asks; undefined where analysis is switched off. */
export type LazyFacts = (() => Promise<RequestFacts>) | undefined;

/** The rules as this room needs them. */
export interface RuleDecider {
  /** True when a rule looks at the statement or its user: such rules wait for an analysis. */
  readonly needsAnalysis?: boolean;
  decide(request: RoutedRequest, facts?: RequestFacts): RuleDecision;
}

/** Asks the rules in force. In the Java gateway the routing-group header then counts only where a rule reads it. */
export function rulesRouter(current: () => RuleDecider): Router {
  return (request, facts) => {
    const rules = current();
    if (rules.needsAnalysis !== true || facts === undefined) return opinionOf(rules.decide(request));
    return facts().then((known) => opinionOf(rules.decide(request, known)));
  };
}

function opinionOf({ group, fired, rerun }: RuleDecision): Opinion | undefined {
  if (group === undefined && rerun !== false) return undefined;
  const by = `rule ${fired.at(-1)}`;
  return rerun === false ? { group, by, rerun } : { group, by };
}

/** The group the client asks for. */
export const headerRouter: Router = (request) => {
  const group = request.header(HEADER.routingGroup);
  return group === null || group === '' ? undefined : { group, by: 'header' };
};

/** The first opinion, or the default group. A promise only where a router that had to be asked answers one. */
export function chooseGroup(
  routers: readonly Router[],
  request: RoutedRequest,
  facts: LazyFacts,
  defaultGroup: string,
  remarks: Remarks = NO_REMARKS,
): MaybePromise<Decision> {
  for (const [i, router] of routers.entries()) {
    const opinion = router(request, facts);
    if (opinion instanceof Promise) {
      const others = routers.slice(i + 1);
      return opinion.then((o) =>
        o === undefined || isRemark(o)
          ? chooseGroup(others, request, facts, defaultGroup, o === undefined ? remarks : REMARKED)
          : decided(o, defaultGroup, remarks),
      );
    }
    if (opinion === undefined) continue;
    if (!isRemark(opinion)) return decided(opinion, defaultGroup, remarks);
    remarks = REMARKED;
  }
  return { group: defaultGroup, by: 'default', ...remarks };
}

/** What routers said that named no group: others are asked for that. */
type Remarks = Pick<Opinion, 'rerun'>;
const NO_REMARKS: Remarks = {};
const REMARKED: Remarks = { rerun: false };

function isRemark({ group, rerun }: Opinion): boolean {
  return group === undefined && rerun === false;
}

function decided(opinion: Opinion, defaultGroup: string, remarks: Remarks): Decision {
  const { group } = opinion;
  if (group !== undefined) return { ...opinion, ...remarks, group };
  return { ...opinion, ...remarks, group: defaultGroup, by: `default, as ${opinion.by} named none` };
}
