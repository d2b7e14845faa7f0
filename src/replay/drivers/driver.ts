/** What carries statements to their end: a client of the protocol, of our own or of somebody else's making. */
import type { Sample } from '../../measure/record/sample.ts';
import type { PlannedQuery } from '../../plan/plan.ts';
import type { StatementContext } from '../statement.ts';
import type { WireOptions } from '../wire.ts';

/** A statement's surroundings, but for what sends its requests. */
export type DriverContext = Omit<StatementContext, 'wire'>;

export interface Driver {
  /** Runs one planned query to its end. Never rejects by what happens on the way: that is in the sample. */
  run(query: PlannedQuery, intendedUs: number, releasedUs: number, context: DriverContext): Promise<Sample>;
  /** Closes its connections; statements have ended before. */
  close(): Promise<void>;
}

export interface DriverEntry {
  readonly create: (options: DriverOptions) => Driver;
  /** Reads in what it is made of; the first statements would wait for that otherwise. */
  readonly readIn?: () => Promise<unknown>;
}

/** Connections are a driver's own, so that of two drivers neither warms or starves the other. */
export interface DriverOptions extends WireOptions {
  /** Aborts when the run is interrupted. */
  readonly signal: AbortSignal;
}
