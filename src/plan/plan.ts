/** The plan of a run: every query with its intended start, before the first byte is sent. */

import type { PlanFacts, Skipped } from '../measure/record/run-info.ts';
import type { Arm, ExpectedResult } from '../measure/record/sample.ts';
import type { SessionChange } from '../sql/reading.ts';

export type { SessionChange };

/** A prepared statement by which another was judged; without a text where nobody knew one. */
export interface PreparedText {
  readonly name: string;
  readonly text?: string;
}

export interface PlannedQuery {
  /** Place in the plan, from 0; the members of a pair share it. */
  readonly seq: number;
  readonly arm: Arm;
  /** Number of the pair, −1 for none. */
  readonly pair: number;
  readonly gatewayFirst: boolean;
  /** The arms of the pair in the order of their intended starts; only the query's own arm outside pairs. */
  readonly order: readonly Arm[];
  /** Intended start, milliseconds since the replay's origin. */
  readonly intendedMs: number;
  /** Whose statements keep their order: user and source. */
  readonly session: string;
  /** The same as a number, counted from 0 in the order of appearance; both members of a pair have one. */
  readonly sessionNumber: number;
  readonly sql: string;
  /** Request headers of the statement, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** In a replay of sessions: what it changes there if it succeeds. */
  readonly changes?: SessionChange;
  /** In a replay of sessions: what it runs, plans or describes. It is sent with that text under that name, or with none. */
  readonly executes?: PreparedText;
  readonly user: string;
  readonly source: string;
  readonly kind: string;
  readonly fingerprint: string;
  readonly statement: string;
  readonly expectedGroup: string;
  /** The expectation that named the group, for people. */
  readonly expectedBecause: string;
  readonly expectedResult?: ExpectedResult;
  /** Recorded elapsed time, milliseconds, where the dump has it. */
  readonly recordedMs?: number;
  /** `file:line` of the dump row. */
  readonly origin: string;
}

export interface Plan {
  /** Sorted by intended start; ties keep dump order. */
  readonly queries: readonly PlannedQuery[];
  readonly skipped: readonly Skipped[];
  /** What is sent in another form than recorded, by the safety policy. */
  readonly changed: readonly Skipped[];
  readonly pairs: number;
  /** What the gateway's arm is made of. */
  readonly facts: PlanFacts;
  /** How many queries each arm has. */
  readonly byArm: Readonly<Record<Arm, number>>;
  /** Digest of everything that decides what is sent and when. */
  readonly sha256: string;
}
