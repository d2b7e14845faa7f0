/** The ways to replace what runs: one schema for each strategy. */
import { z } from 'zod';
import { duration } from '../../../base/yaml.ts';
import { clusterName } from '../names.ts';
import { draining, minOpen } from './parts.ts';

export const roll = z
  .strictObject({
    group: z.string(),
    from: clusterName,
    to: clusterName,
    minOpen,
    stopOld: z.boolean().default(true).describe('stop the drained cluster at the end'),
    ...draining,
  })
  .describe('blue and green: start the standby, send new queries there, drain the old one, stop it');

export const canary = z
  .strictObject({
    group: z.string(),
    from: clusterName,
    to: clusterName,
    shares: z
      .array(z.number().min(0).max(100))
      .min(1)
      .default([1, 10, 50, 100])
      .describe('percent of the group’s new queries that the new cluster gets, step by step'),
    hold: duration().prefault('5s').describe('how long each share is watched before the next'),
    maxFailures: z
      .number()
      .min(0)
      .max(100)
      .default(2)
      .describe(
        'percent of the new cluster’s queries that may fail, beyond the old one’s, before it goes back',
      ),
    minQueries: z
      .int()
      .min(1)
      .default(10)
      .describe('a share is judged when so many of its queries have ended; fewer prove nothing'),
    stopOld: z.boolean().default(true).describe('stop the drained cluster at the end'),
    ...draining,
  })
  .describe('the new cluster gets a growing share; all goes back to the old one when too much fails');

export const restart = z
  .strictObject({
    cluster: clusterName,
    minOpen,
    ...draining,
  })
  .describe('restart in place: drain, stop, start, wait until it is ready, activate');

export const activeActive = z
  .strictObject({
    group: z.string(),
    minOpen,
    pause: duration().prefault('0s').describe('between one cluster and the next'),
    ...draining,
  })
  .describe('restart all active clusters of a group, one at a time: the others carry its queries meanwhile');

export const reconfigure = z
  .strictObject({
    cluster: clusterName,
    settings: z
      .record(z.string(), z.unknown())
      .describe('settings of the cluster’s driver that change, over those it has'),
    minOpen,
    ...draining,
  })
  .describe('config-only: the same cluster comes back with other settings');

export const restartGateway = z
  .strictObject({
    pause: duration().prefault('500ms').describe('between one node and the next'),
  })
  .describe('restart the nodes of the bundled gateway, one at a time');

export const loseZone = z
  .strictObject({
    zone: z.string().describe('every running cluster of this zone is killed at once'),
    minOpen,
    standbys: z
      .array(clusterName)
      .default([])
      .describe('clusters of other zones that are started and activated in their place'),
    restoreAfter: duration().optional().describe('start the lost clusters again after this time'),
  })
  .describe('loss of an availability zone; standbys of another one take over');
