/** The answer of a run: one result per gate, and one word for all. */

export type GateResultKind = 'pass' | 'fail' | 'inconclusive' | 'invalid';

export interface GateResult {
  /** As written in the scenario. */
  readonly expression: string;
  readonly result: GateResultKind;
  readonly figure: string;
  readonly observed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** In the figure's unit, references resolved; null when there was nothing to count from. */
  readonly limit: number | null;
  readonly unit: string;
  /** Size of the sample that `observed` was taken from: the pairs, where a limit counts from the baseline arm. */
  readonly n: number;
  /** One line: why. */
  readonly reason: string;
}

export interface Verdict {
  readonly formatVersion: 1;
  readonly result: GateResultKind;
  /** One line: why. */
  readonly reason: string;
  readonly gates: readonly GateResult[];
  /** Exit number that belongs to it. */
  readonly exit: number;
  /** SHA-256 of the samples that it was given on, as the run wrote them; absent where the record does not tell it. */
  readonly samplesSha256?: string;
}
