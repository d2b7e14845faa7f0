/** What rules can ask of a request: the record that the gateway fills for them. */
import type { QueryProperties, RequestUser } from '../sql/properties.ts';

export interface RuleRequest {
  /** The first line of a header, by any case of its name; null when it is absent, as in Java. */
  header(name: string): string | null;
  readonly method: string;
  /** The path, without the query string. */
  readonly path: string;
  /** Name, value, name, value, as received. */
  readonly rawHeaders?: readonly string[];
  /** Address of the peer. */
  readonly address?: string;
  /** Path and raw query string, as received. */
  readonly url?: string;
}

/** What is known of the statement and of its sender. Only rules that ask for it cause the work. */
export interface RuleAnalysis {
  readonly query: QueryProperties;
  readonly user: RequestUser;
}

/** The name under which the Java gateway's rules may write the key of the routing group. */
export const GROUP_KEY_CONSTANT = 'FileBasedRoutingGroupSelector.RESULTS_ROUTING_GROUP_KEY';
export const GROUP_KEY = 'routingGroup';
/** Set to `off`, the statement is not run again on another cluster. The Java gateway looks at the other key alone. */
export const RERUN_KEY = 'rerun';
export const RERUN_OFF = 'off';
