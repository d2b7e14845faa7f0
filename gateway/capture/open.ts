/** Starts the capture where the configuration asks for one. */
import type { Clock } from '../../src/base/clock.ts';
import { errorText, failure } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import { Capture, type CaptureConfig } from './capture.ts';

/** What tells of queries that have ended. */
interface Ends {
  onEnded(tell: (queryId: string) => void): void;
}

/** Throws CAPTURE_UNUSABLE when the folder cannot be made. */
export function openCapture(
  config: CaptureConfig | undefined,
  { clock, log, open }: { readonly clock: Clock; readonly log: Log; readonly open: Ends },
): Capture | undefined {
  if (config === undefined) return undefined;
  try {
    const capture = new Capture(config, () => clock.wallMs(), log);
    open.onEnded((queryId) => capture.ended(queryId));
    return capture;
  } catch (error) {
    throw failure('CAPTURE_UNUSABLE', { dir: config.folder, reason: errorText(error) }, error);
  }
}
