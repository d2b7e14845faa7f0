/** The end of a gateway: it ends once, whoever asks, and the log says that it begins and when it is over. */
import type { Clock } from '../src/base/clock.ts';
import { errorText } from '../src/base/errors.ts';
import type { Log } from '../src/base/log.ts';

export interface Ending {
  hasBegun(): boolean;
  /** Rejects when something could not be closed. `why` is for the log. */
  close(why?: string): Promise<void>;
  /** For a gateway that never listened: its log has nothing to say of a stop. */
  quietly(): Promise<void>;
  /** Ends it when the signal aborts; what the signal's reason says was its cause is told. */
  follow(signal: AbortSignal): void;
}

interface EndingOptions {
  readonly closeAll: () => Promise<void>;
  /** What there is to lose, for the first line. */
  readonly underWay: () => object;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests under way get this long to end when the gateway is closed. */
export const CLOSE_PATIENCE_MS = 2_000;
const STOPPING = `stopping: no new connections, ${CLOSE_PATIENCE_MS / 1_000} s for the requests under way; open queries go on at their clusters`;

export function endingOf({ clock, closeAll, log, underWay }: EndingOptions): Ending {
  let closing: Promise<void> | undefined;
  const told = async (why: string) => {
    const sinceMs = clock.nowMs();
    log.info({ why, ...underWay() }, STOPPING);
    await closeAll();
    log.info({ tookMs: Math.round(clock.nowMs() - sinceMs) }, 'stopped');
  };
  const close = (why = 'the program around it ends it') => {
    closing ??= told(why);
    return closing;
  };
  return {
    hasBegun: () => closing !== undefined,
    close,
    quietly() {
      closing ??= closeAll();
      return closing;
    },
    follow(signal) {
      const end = () =>
        close(causeOf(signal)).catch((error: unknown) =>
          log.error({ reason: errorText(error) }, 'the gateway did not close cleanly'),
        );
      signal.addEventListener('abort', () => void end(), { once: true });
    },
  };
}

function causeOf({ reason }: AbortSignal): string {
  const cause = reason instanceof Error ? (reason.cause ?? reason.message) : reason;
  return typeof cause === 'string' ? cause : errorText(cause);
}
