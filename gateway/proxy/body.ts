/** Reads statements whole, as they may have to be sent more than once, within a bound on all of them together. */
import type { Call } from '../relay/call.ts';
import { CHUNKED } from '../relay/framing.ts';
import type { HeldBytes } from '../relay/held-bytes.ts';

export type BodyRead =
  /** Its bytes are taken from `held` and have to be given back. */
  | Buffer
  /** Longer than one statement may be. */
  | 'too-large'
  /** No room for it at present. */
  | 'no-room'
  | 'gone';

/** Clients that send their text in thousands of small pieces do not cost more than its length. */
const MOST_PIECES = 256;

export function readBody(call: Call, limitBytes: number, held: HeldBytes): Promise<BodyRead> {
  const { body } = call.head;
  if (body !== CHUNKED && body > limitBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    let pieces: Buffer[] = [];
    let bytes = 0;
    let isRefused = false;
    const refuse = (why: 'too-large' | 'no-room' | 'gone') => {
      isRefused = true;
      call.onGone = undefined;
      held.give(bytes);
      bytes = 0;
      pieces = [];
      if (why !== 'gone') call.pauseBody();
      resolve(why);
    };
    call.onGone = () => refuse('gone');
    call.readBody({
      onBody(part) {
        // Several parts may come of one read, also after the one that was too much.
        if (isRefused) return;
        if (bytes + part.length > limitBytes) refuse('too-large');
        else if (!held.take(part.length)) refuse('no-room');
        else {
          bytes += part.length;
          pieces.push(part);
          if (pieces.length > MOST_PIECES) pieces = [Buffer.concat(pieces)];
        }
      },
      onBodyEnd() {
        call.onGone = undefined;
        const [only] = pieces;
        resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces));
      },
    });
  });
}
