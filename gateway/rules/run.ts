/** What a compiled rule has at hand while it runs for one request. */
import type { RuleAnalysis, RuleRequest } from './facts.ts';
import type { Budget } from './values/limits.ts';
import type { MapValue, Value } from './values/value.ts';

export interface Run extends Budget {
  readonly request: RuleRequest;
  readonly analysis: RuleAnalysis | undefined;
  /** Shared by the rules of one request. */
  readonly state: MapValue;
  readonly result: MapValue;
  /** Local variables of the text that runs, by slot. */
  locals: Value[];
  /** True once a `return` was met. */
  returned: boolean;
}

export type Evaluate = (run: Run) => Value;
