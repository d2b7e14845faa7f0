/** What routing may ask of a request: what rules may, and what an external router is told besides. */
import type { RuleRequest } from '../rules/facts.ts';
import type { QueryProperties, RequestUser } from '../sql/properties.ts';

export interface RoutedRequest extends RuleRequest {
  /** Name, value, name, value, as received. */
  readonly rawHeaders: readonly string[];
  /** Address of the peer. */
  readonly address: string;
  /** Path and raw query string, as received. */
  readonly url: string;
}

/** What only an analysis can tell of a request. */
export interface RequestFacts {
  readonly query: QueryProperties;
  readonly user: RequestUser;
}

/** Analyses a request; `body` is the statement's text, empty for what is none. Never rejects. */
export type Analyse = (request: RoutedRequest, body: Buffer) => Promise<RequestFacts>;
