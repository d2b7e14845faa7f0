/** `timeline`: what happens to the fleet while the replay runs. One key per kind of action. */
import { z } from 'zod';
import { duration } from '../../../base/yaml.ts';
import { clusterName } from '../names.ts';
import { chaos, fault, kill } from './faults.ts';
import { activeActive, canary, loseZone, reconfigure, restart, restartGateway, roll } from './rolls.ts';

/** What happens at one moment; exactly one of these keys. */
const deeds = {
  roll: roll.optional(),
  canary: canary.optional(),
  restart: restart.optional(),
  activeActive: activeActive.optional(),
  reconfigure: reconfigure.optional(),
  restartGateway: restartGateway.optional(),
  loseZone: loseZone.optional(),
  kill: kill.optional(),
  start: z.strictObject({ cluster: clusterName, activate: z.boolean().default(true) }).optional(),
  fault: fault.optional(),
};

export const DEED_NAMES = Object.keys(deeds) as readonly DeedName[];
export type DeedName = keyof typeof deeds;

const named = (a: object, keys: readonly string[]) =>
  keys.filter((key) => (a as Record<string, unknown>)[key] !== undefined).length;

const one = `expected exactly one of ${[...DEED_NAMES].join(', ')}`;

const deed = z.strictObject(deeds).refine((a) => named(a, DEED_NAMES) === 1, one);

const repeat = z
  .strictObject({
    times: z.int().positive(),
    actions: z.array(deed).min(1).describe('one after the other, each round alike'),
  })
  .describe('a list of actions, over and over');

const ALL_NAMES = [...DEED_NAMES, 'chaos', 'repeat'];

export const action = z
  .strictObject({
    at: duration().describe('time since the start of the replay; the action waits for the one before it'),
    ...deeds,
    chaos: chaos.optional(),
    repeat: repeat.optional(),
  })
  .refine((a) => named(a, ALL_NAMES) === 1, `expected exactly one of ${ALL_NAMES.join(', ')}`);

export { FAULT_NAMES, FAULTS, type FaultEntry, type FaultName } from './faults.ts';
