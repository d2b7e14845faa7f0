/** `shards`: how the parts of a run wait for each other (`rehearse run --shard`). */
import { z } from 'zod';
import { duration } from '../../base/yaml.ts';

export const shards = z.strictObject({
  startWithin: duration().prefault('10m').describe('all have to be there within this time, or none starts'),
  lostAfter: duration().prefault('15s').describe('one that has not been heard of for so long is lost'),
});
