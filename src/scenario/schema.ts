/**
 * The scenario: the harness's only configuration. Every key has a description and a default in its section's file,
 * and nowhere else; the JSON Schema and the key reference in `scenarios/` are generated from them.
 */
import { z } from 'zod';
import { duration } from '../base/yaml.ts';
import { access } from './sections/access.ts';
import { baseline } from './sections/baseline.ts';
import { dump } from './sections/dump.ts';
import { expectation } from './sections/expect.ts';
import { fleet } from './sections/fleet.ts';
import { gateway } from './sections/gateway.ts';
import { judge } from './sections/judge.ts';
import { load } from './sections/load.ts';
import { clusterName } from './sections/names.ts';
import { safety } from './sections/safety.ts';
import { shards } from './sections/shards.ts';
import { action } from './sections/timeline/index.ts';

/** The whole scenario file. */
export const scenarioSchema = z.strictObject({
  name: clusterName.describe('names the run folder'),
  description: z.string().default(''),
  seed: z.int().min(0).default(1).describe('decides everything that is drawn'),
  dump,
  load: load.prefault({}),
  baseline: baseline.prefault({}),
  gateway: gateway.prefault({}),
  fleet,
  expect: z.array(expectation).default([]),
  timeline: z.array(action).default([]).describe('what happens to the fleet while the replay runs'),
  settle: duration().prefault('0ms').describe('replay goes on at least so long after the last action'),
  judge: judge.prefault({}),
  shards: shards.prefault({}),
  safety: safety.prefault({}),
  access: access.prefault({}),
  gates: z.array(z.string()).default([]).describe('promises that decide the exit number'),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type SafetySettings = Scenario['safety'];
export type ClusterSpec = Scenario['fleet']['clusters'][number];
export type TimelineAction = Scenario['timeline'][number];
export type Expectation = Scenario['expect'][number];
