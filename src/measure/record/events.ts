/** What happened to the fleet during a run, on the same clock as the samples. */

export type EventType =
  | 'run-started'
  | 'phase'
  | 'replay-started'
  | 'replay-stopped'
  | 'replay-finished'
  | 'cluster-starting'
  | 'cluster-up'
  | 'cluster-incarnation'
  | 'cluster-healthy'
  | 'cluster-activated'
  | 'cluster-deactivated'
  | 'cluster-drained'
  | 'cluster-stopping'
  | 'cluster-stopped'
  | 'cluster-killed'
  | 'cluster-lost'
  | 'roll-started'
  | 'roll-finished'
  | 'roll-failed'
  | 'roll-back'
  | 'roll-share'
  | 'step-started'
  | 'fault-started'
  | 'fault-finished'
  | 'fault-in-force'
  | 'fault-over'
  | 'gateway-started'
  | 'gateway-lost'
  | 'gateway-node-stopped'
  | 'gateway-node-killed'
  | 'gateway-node-up'
  | 'gateway-says'
  | 'shard-lost'
  | 'interrupted'
  | 'warning';

/**
 * - `phase` opens a phase and closes the one before; `text` is its name, `action` the number of the timeline
 *   action it belongs to (−1 for the calm between actions).
 * - `cluster-incarnation` tells the suffix that a coordinator process puts into its query ids, asked from it
 *   directly.
 * - `step-started` opens a step of a roll; what it brought stands in the event that ends it. `roll-back` opens the way
 *   back of a roll that failed.
 * - `gateway-node-…` tells of one process of the bundled gateway; `gateway-lost` of one that nobody had ended.
 * - `cluster-healthy` is the gateway's word, the other cluster events are the fleet's own deeds.
 */
export interface RunEvent {
  /** Microseconds since the run's origin. */
  readonly atUs: number;
  readonly type: EventType;
  readonly cluster?: string;
  readonly group?: string;
  /** For people, one line. */
  readonly text: string;
  readonly suffix?: string;
  /** Number of the timeline action (0, 1, …) that caused it. */
  readonly action?: number;
  /** How long the step took, milliseconds. */
  readonly tookMs?: number;
  /** `step-started`: name of the step in its plan. */
  readonly step?: string;
  /** `step-started`: the longest that the step may take, milliseconds. */
  readonly limitMs?: number;
  /** `fault-in-force`, `fault-over`: what is broken, by its name in docs/faults.md. */
  readonly fault?: string;
}
