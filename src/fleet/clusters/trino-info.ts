/** What a coordinator says of its own start on GET /v1/info. */
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'undici';
import { pollUntil, systemClock } from '../../base/clock.ts';
import { failure } from '../../base/errors.ts';
import { formatMs } from '../../base/units.ts';
import type { ServerInfo } from '../../trino/statement.ts';
import type { ChildExit } from '../processes/child.ts';

/** A starting coordinator accepts connections seconds before it answers them; asking anew costs little. */
const ANSWER_TIMEOUT_MS = 2_000;
const POLL_MS = 100;

/** The answer of /v1/info, or undefined when there is none within `timeoutMs`. */
export async function readInfo(
  url: string,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
  signal?: AbortSignal,
): Promise<ServerInfo | undefined> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(`${url}/v1/info`, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await answer.body.text();
    return answer.statusCode === 200 ? (JSON.parse(text) as ServerInfo) : undefined;
  } catch {
    return undefined;
  }
}

export interface WaitForInfo {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Which answer to wait for; default any, the first of which says `starting: true`. */
  readonly until?: (info: ServerInfo) => boolean;
  /** The process behind the address: its end ends the wait. */
  readonly exited?: Promise<ChildExit> | undefined;
  /** What to call it in messages; default its address. */
  readonly name?: string;
  /** Its log: quoted when the process has ended. */
  readonly logFile?: string;
}

/**
 * Waits for an answer of /v1/info. `starting: false` is not readiness: scans of tables fail with
 * NO_NODES_AVAILABLE for some seconds more (seen: up to 6 s). Throws CLUSTER_NOT_READY, or the signal's reason.
 */
export async function waitForInfo(url: string, options: WaitForInfo): Promise<ServerInfo> {
  const { timeoutMs, signal, until = () => true } = options;
  let last: ServerInfo | undefined;
  let ended: ChildExit | undefined;
  options.exited?.then((exit) => {
    ended = exit;
  });
  const startedMs = systemClock.nowMs();
  const found = await pollUntil(systemClock, { everyMs: POLL_MS, timeoutMs, signal }, async () => {
    if (ended !== undefined) return 'ended';
    last = (await readInfo(url, ANSWER_TIMEOUT_MS, signal)) ?? last;
    return last !== undefined && until(last) ? last : undefined;
  });
  if (found !== undefined && found !== 'ended') return found;
  const saidLast = last === undefined ? 'no answer' : `said last ${JSON.stringify(last)}`;
  throw failure('CLUSTER_NOT_READY', {
    cluster: options.name ?? url,
    waited: formatMs(systemClock.nowMs() - startedMs),
    reason: ended === undefined ? saidLast : howEnded(ended, options.logFile),
  });
}

function howEnded(exit: ChildExit, logFile: string | undefined): string {
  const how = exit.signal === null ? `with exit number ${exit.code}` : `by ${exit.signal}`;
  const error = logFile === undefined ? undefined : lastErrorLine(logFile);
  return `its process ended ${how}${error === undefined ? '' : `: ${error}`}`;
}

/** The text of the newest line of level ERROR (`time ERROR thread logger text`, tabs between). */
function lastErrorLine(logFile: string): string | undefined {
  if (!existsSync(logFile)) return undefined;
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lines
    .findLast((line) => line.split('\t')[1] === 'ERROR')
    ?.split('\t')
    .slice(4)
    .join(' ');
}
