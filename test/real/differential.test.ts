/**
 * The Java Trino Gateway and ours, started with the same configuration file, asked the same things in front of the
 * same recording backends, `compat: strict` too. Prints what is equal, what is better (and why), what is different.
 *
 * `ONLY=part of a scene's name` plays one scene; `UPDATE_COMPATIBILITY=1` writes the table into docs/compatibility.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorText } from '../../src/base/errors.ts';
import { installJavaGateway, JAVA_GATEWAY_VERSION } from '../../src/fleet/install/java-gateway-install.ts';
import { startMinder } from '../../src/fleet/processes/minder.ts';
import { startBackend } from './differential/backend.ts';
import { type Better, judge, type Row, strictly, type Verdict } from './differential/compare.ts';
import { writeCompatibility } from './differential/docs.ts';
import { knownReason } from './differential/known.ts';
import type { Seen, Side, Stage } from './differential/observe.ts';
import { shareDatabase } from './differential/one-database.ts';
import { readyzFromStart } from './differential/readyz.ts';
import { REFUSED, STARTS_OURS } from './differential/refused.ts';
import {
  type Ground,
  groupsOf,
  type RunningSide,
  type Scene,
  startRefused,
  startSide,
  untilHealthy,
} from './differential/scene.ts';
import { SCENES } from './differential/scenes.ts';
import { forTerminal, type Result } from './differential/table.ts';
import { haveMariaDb, startMariaDb } from './mariadb.ts';
import { havePostgres, startPostgres } from './postgres.ts';

const results: Result[] = [];

/** Each gateway has backends and a database server of its own, so that all can be asked at the same time. */
interface Place {
  readonly ground: Ground;
  readonly stage: Stage;
}
const places = new Map<Side['kind'], Place>();
let leave: () => Promise<void>;

beforeAll(async () => {
  const install = await installJavaGateway({ note: (text) => console.log(text) });
  const minder = await startMinder();
  const dir = mkdtempSync(join(tmpdir(), 'rehearse-differential-'));
  minder.addFolder(dir);
  const make = async (kind: Side['kind']) => {
    const database = await startMariaDb({ minder });
    const [blue, green, router] = await Promise.all([
      startBackend('blue', 'blue1'),
      startBackend('green', 'gren1'),
      startBackend('router', 'rout1'),
    ]);
    places.set(kind, { ground: { install, dir, database, minder }, stage: { blue, green, router } });
  };
  await Promise.all([make('java'), make('ours'), make('strict')]);
  leave = async () => {
    for (const { stage, ground } of places.values()) {
      await Promise.all(Object.values(stage).map((backend) => backend.close()));
      await ground.database.stop();
    }
    await minder.close();
    rmSync(dir, { recursive: true, force: true });
  };
});

afterAll(async () => {
  await leave?.();
  console.log(forTerminal(results));
  if (process.env.TABLE_FILE !== undefined) writeFileSync(process.env.TABLE_FILE, forTerminal(results));
  const whole = process.env.ONLY === undefined;
  if (whole && process.env.UPDATE_COMPATIBILITY === '1') writeCompatibility(results, JAVA_GATEWAY_VERSION);
});

const wanted = (name: string) => name.includes(process.env.ONLY ?? '');

describe.each(SCENES.filter(({ name }) => wanted(name)))('$name', (scene) => {
  const sides = new Map<Side['kind'], Standing>();

  beforeAll(async () => {
    await Promise.all(
      [...places].map(async ([kind, { ground, stage }]) => {
        const side = await startSide(kind, scene, stage, ground).catch((error: unknown) => {
          if (kind === 'java') throw error;
          return errorText(error);
        });
        sides.set(kind, { stage, side });
      }),
    );
  });

  afterAll(async () => {
    await Promise.all(
      [...sides.values()].map(({ side }) => (typeof side === 'string' ? undefined : side.stop())),
    );
  });

  test.each(scene.rows)('$id $name', async (row) => {
    const result = await play(scene, row, sides);
    results.push(result);
    if (process.env.TABLE_FILE !== undefined) writeFileSync(process.env.TABLE_FILE, forTerminal(results));
    if (result.known !== undefined) return;
    expect.soft(differencesOf(result.verdict), row.name).toEqual([]);
    expect.soft(differencesOf(result.strict), `${row.name}, compat: strict`).toEqual([]);
  });
});

/** A gateway that runs, or why it does not. */
interface Standing {
  readonly stage: Stage;
  readonly side: RunningSide | string;
}

/** Keeps the verdict on something that is not a row of a scene, and fails when it is a difference. */
function record(
  scene: string,
  id: number,
  name: string,
  seen: ReadonlyMap<string, Seen>,
  better?: Better,
): void {
  const known = knownReason(id, name);
  const verdict = judge(seen.get('java'), seen.get('ours'), better);
  results.push({ scene, id, name, verdict, ...(known !== undefined && { known }) });
  if (known === undefined) expect(differencesOf(verdict), name).toEqual([]);
}

const STARTS = 'configurations that stop the start';

describe.runIf(wanted(STARTS))(STARTS, () => {
  test.each(Object.entries(REFUSED))('%s', async (name, config) => {
    const refused = await eachSide((kind, { ground }) => startRefused(kind, config, ground));
    record(STARTS, 3, name, refused, STARTS_OURS[name]);
  });
});

const READY = 'readiness of the gateway itself';

describe.runIf(wanted(READY))(READY, () => {
  test('readyz before and after the first round of checks', async () => {
    const seen = await eachSide((kind, { stage, ground }) => readyzFromStart(kind, stage, ground));
    record(READY, 37, 'readyz before and after the first round', seen);
  });
});

async function eachSide(
  look: (kind: Side['kind'], place: Place) => Promise<Seen>,
): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  await Promise.all(
    [...places]
      .filter(([kind]) => kind !== 'strict')
      .map(async ([kind, place]) => {
        seen.set(kind, await look(kind, place).catch((error: unknown) => ({ failed: errorText(error) })));
      }),
  );
  return seen;
}

const SHARED = 'both gateways on one database';

describe.runIf(wanted(SHARED))(SHARED, () => {
  test.each([
    { engine: 'MariaDB', have: haveMariaDb, start: startMariaDb },
    { engine: 'PostgreSQL', have: havePostgres, start: startPostgres },
  ])('$engine', async ({ engine, have, start }) => {
    if (!(await have())) {
      console.log(`SKIPPED: ${engine} is not there (.ci/run installs it)`);
      return;
    }
    const { stage, ground } = places.get('java') as Place;
    const database = await start({ minder: ground.minder });
    const checks = await shareDatabase(engine, database, stage, ground).finally(() => database.stop());
    for (const { id, name, expected, seen } of checks) {
      const known = knownReason(id, name);
      const verdict = judge(expected, seen, undefined);
      results.push({ scene: SHARED, id, name, verdict, ...(known !== undefined && { known }) });
      if (known === undefined) expect.soft(differencesOf(verdict), name).toEqual([]);
    }
  });
});

const differencesOf = (verdict: Verdict | undefined): readonly string[] =>
  verdict?.kind === 'different' ? verdict.differences : [];

async function play(scene: Scene, row: Row, sides: ReadonlyMap<Side['kind'], Standing>): Promise<Result> {
  const seen = new Map<Side['kind'], Seen>();
  await Promise.all(
    [...sides].map(async ([kind, { side, stage }]) => {
      const run = async () => {
        if (typeof side === 'string') return { 'does not start': side };
        await untilHealthy(side, groupsOf(scene));
        return row.run(side, stage);
      };
      seen.set(kind, await run().catch((error: unknown) => ({ failed: errorText(error) })));
    }),
  );
  const known = knownReason(row.id, row.name);
  return {
    scene: scene.name,
    id: row.id,
    name: row.name,
    verdict: judge(seen.get('java'), seen.get('ours'), row.better),
    strict: judge(seen.get('java'), seen.get('strict'), strictly(row)),
    ...(known !== undefined && { known }),
  };
}
