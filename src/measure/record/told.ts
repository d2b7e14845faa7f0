/**
 * What the clusters themselves told of the queries they ran: the other half of the ledger. One line of
 * `cluster-queries.ndjson` for each thing told, as it came in; judged later.
 */
import { appendFileSync, createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const TOLD_FILE = 'cluster-queries.ndjson';

/** `listener`: its event listener sent it. `list`: it was found in the list of queries when that was read. */
export type ToldBy = 'listener' | 'list';

export interface Told {
  /** Microseconds since the run's origin, when it was heard. */
  readonly atUs: number;
  readonly by: ToldBy;
  readonly type: 'created' | 'completed';
  readonly cluster: string;
  readonly queryId: string;
  /** Trace token, '' without one. */
  readonly token: string;
  /** Trino's state at the time: QUEUED …, FINISHED, FAILED. */
  readonly state: string;
  readonly errorName: string;
}

/** One query as its cluster lived it. */
export interface ClusterLife {
  readonly cluster: string;
  readonly queryId: string;
  readonly token: string;
  /** When it was first heard of, microseconds. */
  readonly heardUs: number;
  /** When its end was told; −1 when it was not. */
  readonly endedUs: number;
  /** The last state told. */
  readonly state: string;
  readonly errorName: string;
}

/** So long a line waits for others at most; a kill of the run loses no more. */
const FLUSH_AFTER_MS = 50;

export interface ToldWriter {
  write(told: Told): void;
  /** Nothing may be written afterwards. */
  close(): void;
}

export function toldWriter(dir: string): ToldWriter {
  const file = join(dir, TOLD_FILE);
  appendFileSync(file, '');
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) appendFileSync(file, `${waiting.join('\n')}\n`);
    waiting = [];
  };
  return {
    write(told) {
      waiting.push(JSON.stringify(told));
      timer ??= setTimeout(flush, FLUSH_AFTER_MS);
    },
    close: flush,
  };
}

/** Empty for a run whose clusters told nothing. A last line that a kill has torn is left out. */
export async function readTold(dir: string): Promise<readonly Told[]> {
  const file = join(dir, TOLD_FILE);
  if (!existsSync(file)) return [];
  const told: Told[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
    try {
      if (line !== '') told.push(JSON.parse(line) as Told);
    } catch {
      break;
    }
  }
  return told;
}

/** What was told, put together by query. A completion without a creation counts as both. */
export function clusterLives(told: readonly Told[]): readonly ClusterLife[] {
  const lives = new Map<string, ClusterLife>();
  for (const { atUs, cluster, errorName, queryId, state, token, type } of told) {
    const known = lives.get(queryId);
    const isEnd = type === 'completed';
    // Events may overtake one another: the end is the last word.
    const isLastWord = isEnd || known === undefined || known.endedUs < 0;
    lives.set(queryId, {
      cluster,
      queryId,
      token: token === '' ? (known?.token ?? '') : token,
      heardUs: Math.min(atUs, known?.heardUs ?? atUs),
      endedUs: isEnd ? atUs : (known?.endedUs ?? -1),
      state: isLastWord ? state : known.state,
      errorName: isLastWord ? errorName : known.errorName,
    });
  }
  return [...lives.values()];
}
