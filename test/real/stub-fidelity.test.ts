/**
 * Is the simulated coordinator still like a real one? Both get the same exchanges, and what a client can see of the
 * answers is compared. Differences that stay are written down beside the exchange, each with its reason; a
 * difference that is not written down fails, and so does one that is written down and no longer there.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil, systemClock } from '../../src/base/clock.ts';
import { waitForInfo } from '../../src/fleet/clusters/trino-info.ts';
import { prepareTrino, startTrino } from '../../src/fleet/clusters/trino-server.ts';
import { installTrino } from '../../src/fleet/install/trino-install.ts';
import type { Child } from '../../src/fleet/processes/child.ts';
import { type Minder, startMinder } from '../../src/fleet/processes/minder.ts';
import { claimPort } from '../../src/fleet/processes/ports.ts';
import { type StubServer, startStub, statementSha } from '../../src/stub/index.ts';
import { addresses } from './fidelity/addresses.ts';
import { type Allowed, differences, type Exchange, matches } from './fidelity/compare.ts';
import { EVERYWHERE } from './fidelity/everywhere.ts';
import { requests, SLOW } from './fidelity/requests.ts';
import { sides } from './fidelity/sides.ts';
import { beginning, START } from './fidelity/start.ts';
import { statements } from './fidelity/statements.ts';
import { run, type Side, side } from './fidelity/wire.ts';

const NO_START = { closedMs: 0, silentMs: 0, startingMs: 0, gapMs: 0, coldScanMs: 0 };
/** A simulated server computes nothing: what fails by its rows fails by agreement. */
const DIVISION = {
  ...{ errorName: 'DIVISION_BY_ZERO', errorCode: 8, errorType: 'USER_ERROR', message: 'Division by zero' },
};

let scratch = '';
let minder: Minder;
let child: Child;
let stub: StubServer;
let starting: StubServer;
let real: Side;
let simulated: Side;

async function startReal(): Promise<string> {
  const note = (text: string) => console.log(text);
  const install = await installTrino({ version: '476', plugins: ['tpch', 'memory'], note });
  minder = await startMinder();
  minder.addFolder(scratch);
  const port = await claimPort(0, 'the test');
  const catalogs = { tpch: { 'tpch.splits-per-node': '2' }, memory: {} };
  const prepared = prepareTrino(install, { name: 'real', port, dir: join(scratch, 'real'), catalogs });
  child = await startTrino(prepared, { minder, logFile: join(scratch, 'real.log') });
  await untilInfo(prepared.url);
  return prepared.url;
}

const untilInfo = (url: string, starts?: boolean) =>
  waitForInfo(url, {
    ...{ timeoutMs: 180_000, exited: child.exited, logFile: join(scratch, 'real.log') },
    until: (info) => starts === undefined || info.starting === starts,
  });

/** Says ready, and can scan. */
async function untilReady(): Promise<void> {
  await untilInfo(real.base, false);
  const scanned = await pollUntil(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
    const pages = await run(real, 'SELECT count(*) FROM tpch.tiny.nation');
    return pages.at(-1)?.results.error === undefined ? 'rows' : undefined;
  });
  expect(scanned).toBe('rows');
  await run(real, 'CREATE TABLE memory.default.first AS SELECT 1 AS x');
}

function startSimulated(startup: typeof NO_START): Promise<StubServer> {
  const file = join(scratch, 'service.json');
  const byStatement = { [statementSha(SLOW)]: 3_600_000 };
  const failures = { [statementSha('SELECT 1 / 0')]: DIVISION };
  writeFileSync(file, JSON.stringify({ default: 20, byStatement, failures }));
  return startStub({ startup, service: { kind: 'table', file }, pageRows: 100_000 });
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'rehearse-fidelity-'));
  stub = await startSimulated(NO_START);
  starting = await startSimulated({ ...NO_START, startingMs: 3_600_000 });
  simulated = side(stub.url);
  real = side(await startReal());
});

afterAll(async () => {
  for (const { agent } of [simulated, real]) agent?.destroy();
  await Promise.all([stub?.close(), starting?.close(), child?.stop(5_000)]);
  await minder?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Differences that nobody wrote down, and notes of differences that are not there. */
async function judge({ run: go, allowed = [] }: Exchange, on: Side, against: Side): Promise<void> {
  const [here, there] = [await go(on), await go(against)];
  const found = differences(here, there);
  const rules: readonly Allowed[] = [...allowed, ...EVERYWHERE];
  const unknown = found.filter((difference) => !rules.some((rule) => matches(rule, difference)));
  const stale = allowed.filter((rule) => rule.sometimes !== true && !found.some((d) => matches(rule, d)));
  expect({ unknown, stale }).toEqual({ unknown: [], stale: [] });
}

// In this order: the real server is caught while it starts.
test(START, async () => {
  const startingSide = side(starting.url);
  await judge(beginning, real, startingSide);
  startingSide.agent.destroy();
  await untilReady();
}, 300_000);

test('no two exchanges have one name', () => {
  const names = [requests, statements, addresses, sides].flat().map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

describe.each(Object.entries({ requests, statements, addresses, sides }))('%s', (_, exchanges) => {
  test.each(exchanges.map((exchange) => [exchange.name, exchange] as const))(
    '%s',
    async (_name, exchange) => {
      await judge(exchange, real, simulated);
    },
  );
});
