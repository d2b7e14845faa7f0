/** What the pacing thread shares with the thread that asks. */
export interface TickerMemory {
  /** Two 32-bit words: number of the time that is asked for, and of the last one that has come. */
  readonly control: SharedArrayBuffer;
  /** One double: the time asked for, milliseconds of the process's monotonic clock. */
  readonly due: SharedArrayBuffer;
}

export const ASKED = 0;
export const DONE = 1;
