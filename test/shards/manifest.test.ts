// The example for Kubernetes says the same thing in all its places, and uses the command as it is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../src/base/project.ts';
import { runCommand } from '../../src/cli/run.ts';

/** The part of batch/v1 that an Indexed Job of shards needs; keys that Kubernetes does not have there are refused. */
const job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: z.strictObject({
    name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
    labels: z.record(z.string(), z.string()),
  }),
  spec: z.strictObject({
    completions: z.int().positive(),
    parallelism: z.int().positive(),
    completionMode: z.literal('Indexed'),
    backoffLimitPerIndex: z.literal(0),
    maxFailedIndexes: z.int(),
    activeDeadlineSeconds: z.int(),
    ttlSecondsAfterFinished: z.int(),
    template: z.strictObject({
      metadata: z.strictObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.strictObject({
        restartPolicy: z.literal('Never'),
        automountServiceAccountToken: z.literal(false),
        topologySpreadConstraints: z.array(
          z.strictObject({
            maxSkew: z.int(),
            topologyKey: z.string(),
            whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
            labelSelector: z.object({}),
          }),
        ),
        securityContext: z.object({ runAsNonRoot: z.literal(true) }),
        containers: z
          .array(
            z.strictObject({
              name: z.string(),
              image: z.string(),
              command: z.array(z.string()),
              args: z.array(z.string()).length(1),
              env: z.array(z.strictObject({ name: z.string(), valueFrom: z.object({}) })),
              resources: z.strictObject({
                requests: z.record(z.string(), z.string()),
                limits: z.record(z.string(), z.string()),
              }),
              securityContext: z.object({ allowPrivilegeEscalation: z.literal(false) }),
              volumeMounts: z.array(
                z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
              ),
            }),
          )
          .length(1),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});

test('the Indexed Job is one, counts its shards alike everywhere, and calls the command as it is', () => {
  const text = readFileSync(join(projectRoot, 'examples/kubernetes/shards.yaml'), 'utf8');
  const { spec } = job.parse(parse(text));
  expect(spec.parallelism).toBe(spec.completions);
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const [script = ''] = container?.args ?? [];
  expect(script).toContain(`--shard "$((JOB_COMPLETION_INDEX + 1))/${spec.completions}"`);
  const known = runCommand({} as never).options.map((option) => option.long);
  for (const [flag] of script.matchAll(/--[a-z]+/g)) expect(known).toContain(flag);
  const given = new Set(container?.env.map((one) => one.name));
  for (const name of ['RUN_NAME', 'STORE_URL']) expect(given.has(name)).toBe(true);
  expect(container?.volumeMounts.map((mount) => mount.name).toSorted()).toEqual(
    pod.volumes.map((volume) => volume.name).toSorted(),
  );
});
