// `rehearse roll` before gateways and commands that lie, break off or are changed under its hands: what it says has to be so.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RehearseError } from '../../src/base/errors.ts';
import type { RunEvent } from '../../src/measure/record/events.ts';
import { productionRollSchema } from '../../src/roll/production/config.ts';
import { runRoll } from '../../src/roll/production/index.ts';
import { type RollState, readState } from '../../src/roll/production/state.ts';

/** What the paper gateway does wrong. */
interface Faults {
  activates: boolean;
  deactivates: boolean;
  /** In place of the list of active backends. */
  active: string | undefined;
  /** In place of the answer to a change. */
  change: { readonly status: number; readonly text: string } | undefined;
  openQueries: number;
  health: string;
}

function answer(
  pathname: string,
  active: Set<string>,
  faults: Faults,
  url: string,
): { readonly status: number; readonly body: unknown } {
  const [, , , verb, name = ''] = pathname.split('/');
  const ok = (body: unknown) => ({ status: 200, body });
  if (pathname === '/v1/info') return ok({ starting: false, nodeVersion: { version: '476' } });
  if (pathname === '/v1/queryState') return ok([]);
  if (pathname === '/gateway/backend/active')
    return ok(faults.active ?? [...active].map((one) => ({ name: one })));
  if (pathname.endsWith('/state')) return ok({ trinoStatus: faults.health, openQueries: faults.openQueries });
  if (verb !== 'activate' && verb !== 'deactivate')
    return ok({ name: pathname.split('/').at(-1), proxyTo: url, routingGroup: 'bi', active: true });
  if (verb === 'activate' && faults.activates) active.add(name);
  if (verb === 'deactivate' && faults.deactivates) active.delete(name);
  return { status: faults.change?.status ?? 200, body: faults.change?.text ?? 'ok' };
}

/** A gateway's admin API and both its clusters in one server. */
async function stage(more: Partial<Faults> = {}) {
  const faults: Faults = {
    ...{ activates: true, deactivates: true, active: undefined, change: undefined },
    ...{ openQueries: 0, health: 'HEALTHY' },
    ...more,
  };
  const active = new Set(['blue']);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://paper');
    const { status, body } = answer(pathname, active, faults, url);
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state = mkdtempSync(join(tmpdir(), 'rehearse-roll-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const roll = (change: object = {}) =>
    runRoll({
      roll: productionRollSchema.parse({
        ...{
          gateway: { url },
          group: 'bi',
          from: 'blue',
          to: 'green',
          state,
          healthyTimeout: '2s',
          adminPatience: '600ms',
        },
        ...change,
      }),
      signal: stop.signal,
      onEvent: (event) => events.push(event),
    });
  const file = join(state, 'bi', 'state.json');
  const begun = (done: readonly string[], key: object = {}) => {
    mkdirSync(join(state, 'bi'), { recursive: true });
    const at = '2026-11-27T05:00:00.000Z';
    const record: RollState = {
      ...{
        version: 1,
        id: 'a-roll',
        outcome: 'running',
        startedAt: at,
        updatedAt: at,
        resumed: 0,
        back: null,
      },
      key: { gateway: url, group: 'bi', strategy: 'blue-green', from: 'blue', to: 'green', ...key },
      steps: done.map((name) => ({ name, begunAt: at, doneAt: at })),
    };
    writeFileSync(file, JSON.stringify(record));
  };
  return { active, faults, url, roll, file, begun, events, stop, state };
}

const refusal = async (rolling: Promise<unknown>): Promise<RehearseError> => {
  const error = await rolling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RehearseError);
  return error as RehearseError;
};

const UNTIL_DRAIN = ['start green', 'ready green', 'activate green', 'serving green', 'deactivate blue'];

describe('a gateway that says yes and does nothing', { timeout: 60_000 }, () => {
  test('to an activation: the roll fails, and the old cluster serves', async () => {
    const { active, roll } = await stage({ activates: false });
    const error = await refusal(roll());
    expect(error.code).toBe('ROLL_FAILED');
    expect(error.message).toContain('green is still not active');
    expect([...active]).toEqual(['blue']);
  });

  test('to a deactivation: nothing is drained or stopped', async () => {
    const { roll, events } = await stage({ deactivates: false });
    const error = await refusal(roll());
    expect(error.message).toContain('blue is still active');
    expect(error.hint).toContain('Active now:');
    expect(events.map(({ type }) => type)).not.toContain('cluster-drained');
  });

  test('as it lacks the role: the word in the body of a 200 counts', async () => {
    const change = { status: 200, text: '{"code":401,"msg":"Unauthorized"}' };
    const { roll } = await stage({ change, activates: false });
    const error = await refusal(roll());
    expect(error.message).toContain('"code":401');
  });
});

test.each(['<html>', '{"code":401,"msg":"Unauthorized"}', '{}'])(
  'a list of active clusters that is none is told: %s',
  async (active) => {
    const error = await refusal((await stage({ active })).roll());
    expect(error.code).toBe('GATEWAY_REFUSED');
  },
);

describe('a roll that is taken up again', { timeout: 60_000 }, () => {
  test('at another gateway is another roll', async () => {
    const { active, begun, roll } = await stage();
    begun(UNTIL_DRAIN, { gateway: 'http://gateway.example:8080' });
    const error = await refusal(roll());
    expect(error.code).toBe('ROLL_UNFINISHED');
    expect(error.message).toContain('http://gateway.example:8080');
    expect([...active]).toEqual(['blue']);
  });

  test('after somebody has turned it round by hand stops nobody, and leaves it so', async () => {
    const { active, begun, events, roll } = await stage();
    begun(UNTIL_DRAIN);
    const error = await refusal(roll());
    expect(error.message).toContain('blue is active in the gateway');
    expect([...active]).toEqual(['blue']);
    expect(events.map(({ type }) => type)).not.toContain('cluster-drained');
  });

  test('with a state that lacks fields, or names a file elsewhere, is refused with a word', async () => {
    const { begun, file } = await stage();
    begun([]);
    const state = JSON.parse(readFileSync(file, 'utf8')) as RollState;
    for (const broken of [{ ...state, steps: undefined }, { ...state, id: '../../pwn' }, null, []]) {
      writeFileSync(file, JSON.stringify(broken));
      expect(() => readState(file)).toThrow(/cannot be read/);
    }
  });
});

describe('a stop', { timeout: 60_000 }, () => {
  const commands =
    (stop: string, timeLimit = '1s') =>
    (url: string) => ({
      clusters: { blue: { url, start: 'true', stop, timeLimit } },
    });

  test('that stops nothing fails, says what stands, and is tried again by the next call', async () => {
    const { active, roll, url, file } = await stage();
    const more = commands('echo pretend')(url);
    const error = await refusal(roll(more));
    expect(error.message).toContain('still answers after 1 s');
    expect(error.hint).toContain('green serves and blue is drained');
    expect([...active]).toEqual(['green']);
    expect(readState(file)).toMatchObject({ outcome: 'running', back: null });
    expect((await refusal(roll(more))).message).toContain('still answers');
  });

  test('whose command hangs with all that it started is ended at its limit', async () => {
    const { roll, url, state } = await stage();
    const pid = join(state, 'pid');
    const hang = `trap "" TERM; sleep 100 & echo $! >${pid}; wait; wait`;
    const error = await refusal(roll(commands(hang)(url)));
    expect(error.message).toContain('it took longer than 1 s');
    const isThere = () => {
      try {
        process.kill(Number(readFileSync(pid, 'utf8')), 0);
        return true;
      } catch {
        return false;
      }
    };
    await expect.poll(isThere).toBe(false);
  });

  test('gets no secret of the gateway’s, and what it prints is kept without secrets', async () => {
    process.env.ROLL_TEST_PASSWORD = 'hunter2env';
    onTestFinished(() => void delete process.env.ROLL_TEST_PASSWORD);
    const { roll, url, state } = await stage();
    const stop =
      'echo "env=[$ROLL_TEST_PASSWORD] hunter2env --password=hunter3 Authorization: Bearer tok4567"; exit 7';
    const error = await refusal(
      roll({ ...commands(stop)(url), gateway: { url, user: 'ann', passwordEnv: 'ROLL_TEST_PASSWORD' } }),
    );
    const log = readFileSync(join(state, 'bi', 'logs', 'blue.commands.log'), 'utf8');
    const { output } = JSON.parse(log) as { output: string };
    expect(output).toContain('env=[]');
    for (const text of [error.message, output, readFileSync(join(state, 'bi', 'state.json'), 'utf8')])
      expect(text).not.toMatch(/hunter|tok4567/);
  });
});

test('a way back that fails is no way back: the next call goes on with it', {
  timeout: 120_000,
}, async () => {
  const { active, faults, roll, file } = await stage({ openQueries: 3 });
  const rolling = refusal(roll({ drainTimeout: '1s' }));
  await expect.poll(() => active.has('blue')).toBe(false);
  faults.activates = false;
  const error = await rolling;
  expect(error.message).toMatch(/still had queries.*the way back failed at "activate blue/);
  expect(error.hint).toContain('the same command goes on with the way back');
  expect(readState(file)).toMatchObject({ outcome: 'running', back: { step: 'drain blue' } });
  faults.activates = true;
  expect((await refusal(roll({ drainTimeout: '1s' }))).hint).toContain('Active now: blue.');
  expect([...active]).toEqual(['blue']);
  expect(readState(file)?.outcome).toBe('failed');
});

test('restart is refused where nobody may restart; so is a URL with a password', async () => {
  const { roll, url } = await stage();
  const error = await refusal(roll({ strategy: 'restart', to: undefined }));
  expect(error.message).toContain('nobody here may restart blue');
  const withPassword = url.replace('://', '://ann:hunter2@');
  expect(() => roll({ gateway: { url: withPassword } })).toThrow(/without user, password and query/);
});

test('Ctrl-C ends a wait without end', async () => {
  const { events, roll, stop, file } = await stage({ openQueries: 3 });
  const rolling = roll({ drainTimeout: '100ms', whenLate: 'wait' });
  await expect.poll(() => events.some(({ type }) => type === 'warning')).toBe(true);
  stop.abort(new Error('interrupted'));
  expect((await rolling).outcome).toBe('interrupted');
  expect(readState(file)?.outcome).toBe('running');
});
