/**
 * What the clusters themselves told of the queries they ran: the other half of the ledger. One line of
 * `cluster-queries.ndjson` for each thing told, as it came in; judged later.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLine, jsonLinesOf } from '../../base/lines.ts';
import { isTold } from './checked.ts';

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
  /** Lines so far. */
  readonly lines: number;
  /** Nothing may be written afterwards. */
  close(): void;
}

/** `onTrouble` is told when a line could not be written later on; `close` throws it. */
export function toldWriter(dir: string, onTrouble: (error: unknown) => void = () => undefined): ToldWriter {
  const file = join(dir, TOLD_FILE);
  appendFileSync(file, '');
  let waiting: string[] = [];
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) appendFileSync(file, `${waiting.join('\n')}\n`);
    waiting = [];
  };
  return {
    get lines() {
      return lines;
    },
    write(told) {
      lines++;
      waiting.push(jsonLine(told));
      timer ??= setTimeout(() => {
        // Nobody stands above a timer: thrown here it would end the process, and leave all that the run has started.
        try {
          flush();
        } catch (error) {
          onTrouble(error);
        }
      }, FLUSH_AFTER_MS);
    },
    close: flush,
  };
}

export interface ToldRead {
  readonly told: readonly Told[];
  /** Why it cannot be all that was told, '' for nothing known against it. */
  readonly doubt: string;
}

/** All lines that can be read; `written` is how many there have to be, where the record says so. */
export async function readTold(dir: string, written: number | undefined): Promise<ToldRead> {
  const file = join(dir, TOLD_FILE);
  if (!existsSync(file)) return { told: [], doubt: `${TOLD_FILE} is missing` };
  const told: Told[] = [];
  let broken = 0;
  for await (const read of jsonLinesOf(file))
    if ('value' in read && isTold(read.value)) told.push(read.value);
    else broken++;
  return { told, doubt: doubtAbout(told.length, broken, written) };
}

function doubtAbout(good: number, broken: number, written: number | undefined): string {
  if (broken > 0) return `${broken} of ${good + broken} lines of ${TOLD_FILE} cannot be read`;
  if (written !== undefined && written !== good)
    return `${TOLD_FILE} has ${good} of the ${written} lines that were written`;
  return '';
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
