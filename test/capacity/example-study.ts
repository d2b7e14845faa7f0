/** The example study, answered by computing only: for tests of studies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { runStudy } from '../../src/capacity/study/run.ts';

export const dir = mkdtempSync(join(tmpdir(), 'rehearse-study-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

export const STUDY = join(projectRoot, 'scenarios', 'capacity', 'study.yaml');

export function study(overrides: readonly string[] = [], file = STUDY, measuredFrom?: string) {
  return runStudy({
    ...{
      studyFile: file,
      overrides,
      reportsDir: dir,
      command: ['capacity', 'run', file],
      live: false,
      measuredFrom,
    },
    note: () => {},
    signal: new AbortController().signal,
  });
}

/** Small enough for a test: a sixth of the load on clusters of a quarter of the size, two balancers, no what-ifs. */
export const QUICK = [
  ...['load.scale=20', 'cluster.slots=5', 'whatIf=[]'],
  'balancers=[least-loaded, query-count-stale]',
];
/** Smaller: one group and balancer. */
export const ONE_GROUP = [
  ...[...QUICK, 'balancers=[least-loaded]'],
  'expect=[{when: {source: Apache Superset}, group: bi}]',
];
