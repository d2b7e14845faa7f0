/** The clusters' side of a run's ledger: taken in while the run goes on, and written beside its samples. */
import { type Clock, sleep } from '../base/clock.ts';
import type { EventAddress } from '../fleet/clusters/cluster.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { toldWriter } from '../measure/record/told.ts';
import type { ToldEvent } from './event.ts';
import { startEventListener } from './listener.ts';
import { followQueryLists } from './query-list.ts';

/** `listener`: clusters tell each query they run. `list`: their lists of queries are read now and then. */
export type EvidenceKind = 'listener' | 'list';

export interface Evidence {
  readonly kind: EvidenceKind;
  /** Where a cluster's event listener is to post to; undefined where lists are read. */
  addressFor(cluster: string): EventAddress | undefined;
  /** The fleet stands: whoever has no listener is asked from now on. */
  follow(fleet: Fleet): void;
  /** Waits until nothing more comes of what has ended, but no longer than a few seconds. */
  settle(): Promise<void>;
  /** Lines written of what was told. */
  lines(): number;
  close(): Promise<void>;
}

export interface EvidenceOptions {
  readonly kind: EvidenceKind;
  readonly dir: string;
  readonly clock: Clock;
  /** Clock milliseconds that times count from. */
  readonly originMs: number;
  /** What was told could not be written down. */
  readonly onTrouble: (error: unknown) => void;
}

const QUIET_MS = 400;
const MOST_SETTLE_MS = 4_000;

export async function gatherEvidence(options: EvidenceOptions): Promise<Evidence> {
  const { clock, dir, kind, originMs } = options;
  const writer = toldWriter(dir, options.onTrouble);
  let heardMs = clock.nowMs();
  const hear = (cluster: string, event: ToldEvent) => {
    heardMs = clock.nowMs();
    const by = kind;
    writer.write({ atUs: Math.round((heardMs - originMs) * 1000), by, cluster, ...event });
  };
  const listener = kind === 'listener' ? await startEventListener(hear) : undefined;
  let lists: ReturnType<typeof followQueryLists> | undefined;
  return {
    kind,
    addressFor: (cluster) => listener?.addressFor(cluster),
    follow(fleet) {
      if (kind === 'list') lists = followQueryLists(fleet, clock, hear);
    },
    async settle() {
      await lists?.readOnce();
      const untilMs = clock.nowMs() + MOST_SETTLE_MS;
      while (listener !== undefined && clock.nowMs() < untilMs && clock.nowMs() - heardMs < QUIET_MS)
        await sleep(clock, QUIET_MS / 4);
    },
    lines: () => writer.lines,
    async close() {
      await lists?.close();
      await listener?.close();
      writer.close();
    },
  };
}
