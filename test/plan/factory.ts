import type { DumpRecord } from '../../src/dump/record.ts';
import { type Scenario, scenarioSchema } from '../../src/scenario/schema.ts';

/** A dump record with sensible defaults. */
export function record(fields: Partial<DumpRecord> = {}): DumpRecord {
  return {
    origin: { file: 'dump.csv', line: 2 },
    arrivedAtMs: 0,
    sql: 'SELECT 1',
    user: 'ana',
    clientTags: [],
    session: {},
    prepared: {},
    ...fields,
  };
}

/** A scenario with sensible defaults, as a file would give it. */
export function scenario(fields: Record<string, unknown> = {}): Scenario {
  return scenarioSchema.parse({
    name: 'test',
    dump: { files: ['dump.csv'] },
    fleet: { clusters: [{ name: 'blue', group: 'bi' }] },
    expect: [{ group: 'bi' }],
    ...fields,
  });
}
