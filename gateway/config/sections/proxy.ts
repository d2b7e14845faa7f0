/** `proxy`: limits and patience of the proxied exchanges. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';

export const proxy = z
  .strictObject({
    requestTimeout: duration().prefault('60s').describe('longest silence of a backend during one exchange'),
    maxBodySize: size().prefault('16MB').describe('longest statement text'),
    maxHeldSize: size()
      .prefault('64MB')
      .describe('statement text held in memory, of all statements under way'),
    connectTimeout: duration().prefault('5s').describe('longest wait for a connection to a backend'),
    serverTiming: z
      .boolean()
      .default(false)
      .describe('adds a Server-Timing header to answers: route, queue, connect, first_byte in milliseconds'),
    cancelAbandonedAfter: duration()
      .prefault('1m')
      .describe(
        'a query whose client hung up in the middle of a poll is cancelled after so long, unless it is asked for again; 0s: never',
      ),
    retryFor: duration().prefault('10s').describe('how long a poll is held and tried again'),
  })
  .prefault({});
