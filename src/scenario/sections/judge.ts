/** `judge`: tolerances of the analyses, and the limits of the instrument’s own health. */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const judge = z.strictObject({
  routingTolerance: duration().prefault('1500ms').describe('around an activation either cluster is right'),
  detection: duration().prefault('2s').describe('after a kill the gateway may need so long to notice'),
  lagP99: duration().prefault('50ms').describe('schedule lag above this makes the run invalid'),
  lagMax: duration().prefault('500ms').describe('and so does the latest query, later than this'),
  connectionWait: duration()
    .prefault('1ms')
    .describe('and a longer wait for a free connection of the generator, 99th percentile'),
  eventLoop: z
    .number()
    .positive()
    .max(1)
    .default(0.85)
    .describe('and a generator that was busier than this share of 10 s'),
  clockStep: duration().prefault('5ms').describe('and a wall clock that was set by more than this'),
});
