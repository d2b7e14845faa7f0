// The same scenarios through the bundled and through the Java gateway, on simulated clusters: both are driven by the same
// rolls, and the harness tells them apart. SCENARIOS=rolls-real,kills-real takes real coordinators instead.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { JAVA_GATEWAY_VERSION } from '../../src/fleet/install/java-gateway-install.ts';
import type { RunInfo } from '../../src/measure/record/run-info.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { start, temporaryFolder } from '../cli/harness.ts';
import { havePostgres, startPostgres } from './postgres.ts';

const SCENARIOS = (process.env.SCENARIOS ?? 'active-active-rolling,kill-coordinator').split(',');

describe.skipIf(!(await havePostgres()))('side by side', () => {
  test.each(SCENARIOS)('%s', async (name) => {
    const out = temporaryFolder();
    const postgres = await startPostgres();
    try {
      const { jdbcUrl, user, password } = postgres;
      const group = name.endsWith('-real') ? 'analytics' : 'bi';
      const config = {
        dataStore: { jdbcUrl, user, password, driver: 'org.postgresql.Driver' },
        routing: { defaultRoutingGroup: group },
        clusterStatsConfiguration: { monitorType: 'INFO_API' },
        monitor: { taskDelay: '5s' },
      };
      const file = `scenarios/${name}.yaml`;
      const ours = await start(['run', file, '--out', join(out, 'ours'), '--quiet']).ended;
      const java = await start([
        ...['run', file, '--out', join(out, 'java'), '--quiet', '--set', 'gateway.driver=java'],
        ...['--set', `gateway.config=${JSON.stringify(config)}`, '--set', 'gateway.readyTimeout=120s'],
      ]).ended;
      const [a, b] = [read(join(out, 'ours', 'latest')), read(join(out, 'java', 'latest'))];
      expect(b.info.gateway, java.err).toBe(`Java Trino Gateway ${JAVA_GATEWAY_VERSION}`);
      const compared = await start(['compare', a.dir, b.dir, '--format', 'markdown']).ended;
      console.log(compared.out);
      expect(compared.out).toContain(
        `| gateway | Under test | bundled gateway (gateway) | Java Trino Gateway ${JAVA_GATEWAY_VERSION} | no |`,
      );
      for (const { summary } of [a, b]) {
        expect(summary.actions.length).toBeGreaterThan(0);
        expect(
          summary.actions.every((action) => action.ok),
          ours.out + java.out,
        ).toBe(true);
        expect(summary.stickiness.brokenQueries).toBe(0);
      }
      // Whoever runs queries again loses no more than whoever does not.
      const drops = ({ summary }: { summary: Summary }) =>
        summary.drops.filter((d) => d.arm === 'gateway').length;
      expect(drops(a)).toBeLessThanOrEqual(drops(b));
    } finally {
      await postgres.stop();
    }
  });
});

function read(latest: string) {
  const dir = realpathSync(latest);
  const json = <T>(file: string) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as T;
  return { dir, info: json<RunInfo>('run.json'), summary: json<Summary>('summary.json') };
}
