/** Differences that any answer may have. */
import type { Allowed } from './compare.ts';

export const EVERYWHERE: readonly Allowed[] = [
  { at: '*/rootStage/subStages*', why: "a simulated query has one stage; its plan is nobody's business" },
];
