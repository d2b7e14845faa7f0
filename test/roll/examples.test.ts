// The examples for schedulers: the DAG compiles and calls what there is, the CronJob and its configuration are what they say.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/base/project.ts';
import { parseYaml, readYaml } from '../../src/base/yaml.ts';
import { productionRollSchema } from '../../src/roll/production/config.ts';

const example = (...path: string[]) => join(projectRoot, 'examples', ...path);

interface CronJob {
  apiVersion: string;
  kind: string;
  spec: {
    schedule: string;
    concurrencyPolicy: string;
    jobTemplate: {
      spec: {
        backoffLimit: number;
        podFailurePolicy: {
          rules: { action: string; onExitCodes: { containerName: string; values: number[] } }[];
        };
        template: {
          spec: {
            restartPolicy: string;
            containers: { name: string; image: string; args: string[]; volumeMounts: { name: string }[] }[];
            volumes: { name: string }[];
          };
        };
      };
    };
  };
}

describe('the Airflow DAG', () => {
  test('compiles', () => {
    execFileSync('python3', [
      '-c',
      'import ast, sys; compile(ast.parse(open(sys.argv[1]).read()), sys.argv[1], "exec")',
      example('airflow', 'rehearse_roll.py'),
    ]);
  });
});

describe('the Kubernetes CronJob', () => {
  const job = parse(readFileSync(example('kubernetes', 'roll-cronjob.yaml'), 'utf8')) as CronJob;
  const { template, podFailurePolicy } = job.spec.jobTemplate.spec;
  const [container] = template.spec.containers;

  test('is one that never runs twice at once and restarts as new pods', () => {
    expect([job.apiVersion, job.kind]).toEqual(['batch/v1', 'CronJob']);
    expect(job.spec.schedule).toMatch(/^(\S+ ){4}\S+$/);
    expect(job.spec.concurrencyPolicy).toBe('Forbid');
    // A pod failure policy is refused with any other restart policy.
    expect(template.spec.restartPolicy).toBe('Never');
    expect(podFailurePolicy.rules[0]?.onExitCodes).toMatchObject({
      containerName: container?.name,
      values: [2, 4],
    });
  });

  test('mounts the volumes that it has, and its flags are those of the command', () => {
    const names = template.spec.volumes.map((volume) => volume.name).toSorted();
    expect(container?.volumeMounts.map((mount) => mount.name).toSorted()).toEqual(names);
    const help = readFileSync(join(projectRoot, 'src/cli/roll.ts'), 'utf8');
    const flags = container?.args.slice(1).map((arg) => arg.split('=')[0]) ?? [];
    for (const flag of flags) expect(help).toContain(`'${flag}`);
  });

  test('its configuration is read as it stands', () => {
    const file = example('kubernetes', 'roll.yaml');
    const roll = readYaml(parseYaml(readFileSync(file, 'utf8'), file), productionRollSchema);
    expect(roll).toMatchObject({ group: 'bi', drainTimeout: 45 * 60_000 });
    expect(Object.keys(roll.clusters)).toEqual(['bi-blue', 'bi-green']);
  });
});
