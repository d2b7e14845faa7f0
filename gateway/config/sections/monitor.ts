/** `monitor`: how often and how patiently backends are asked. */
import { z } from 'zod';
import { duration } from '../../../src/base/yaml.ts';

export const monitor = z
  .strictObject({
    taskDelay: duration().prefault('1s').describe('period of the checks of one backend'),
    timeout: duration().prefault('10s').describe('longest wait for one answer of a check'),
  })
  .prefault({});
