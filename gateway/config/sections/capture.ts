/** `capture`: every statement that comes through, written as a dump that `rehearse run` replays. */
import { z } from 'zod';
import { duration, size } from '../../../src/base/yaml.ts';
import { name } from './values.ts';

export const capture = z
  .strictObject({
    folder: name().describe('folder for the files; made when it is not there, readable by the owner alone'),
    maxFileSize: size().prefault('256MB').describe('a file of this size, packed, is followed by the next'),
    rotateAfter: duration().prefault('1h').describe('a file this old is followed by the next'),
    maxTotalSize: size()
      .prefault('10GB')
      .describe('the oldest captured files are removed when all of them together are larger'),
    maxHeldSize: size()
      .prefault('32MB')
      .describe('statements that wait in memory to be written; what is beyond is not captured, and counted'),
    mask: z
      .array(z.enum(['users', 'literals', 'tags']))
      .default([])
      .describe(
        'replaced by a keyed hash before they are written: user names, text and number literals, client tags and info',
      ),
    maskKey: name()
      .optional()
      .describe(
        'key of the hash, so that several gateways and days have the same pseudonyms; drawn at the start when absent',
      ),
  })
  .optional()
  .describe(
    'captures every statement with all its Trino headers and its arrival to the microsecond, never credentials; the files are dumps in canonical form',
  );
