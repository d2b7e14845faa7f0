import { expect, test } from 'vitest';
import { createIncarnations } from '../../../gateway/backends/incarnations.ts';
import { Sticky, type StickyInputs } from '../../../gateway/routing/sticky.ts';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { formatQueryId } from '../../../src/trino/query-id.ts';

/** Time passes only where somebody waits for it. */
function ownClock(): Clock {
  let nowMs = 0;
  const wallMs = systemClock.wallMs();
  return {
    nowMs: () => nowMs,
    wallMs: () => wallMs + nowMs,
    sleepUntil: async (atMs) => {
      nowMs = Math.max(nowMs, atMs);
    },
  };
}

function stickyOver(inputs: Partial<StickyInputs>) {
  const clock = ownClock();
  const incarnations = createIncarnations();
  const sticky = new Sticky({
    incarnations,
    recorded: async () => undefined,
    recordedTransaction: async () => undefined,
    recordTransaction: async () => {},
    clock,
    ...inputs,
  });
  return { sticky, clock, incarnations };
}

const issued = (agoMs: number, suffix = 'abcde') =>
  formatQueryId({ atMs: systemClock.wallMs() - agoMs, index: 1, suffix });

test('an id of this moment that another node has not recorded yet is looked for until it is', async () => {
  let asked = 0;
  const { sticky, clock } = stickyOver({ recorded: async () => (++asked < 5 ? undefined : 'http://a') });
  expect(await sticky.find(issued(0))).toEqual({ kind: 'backend', proxyTo: 'http://a', by: 'store' });
  expect(clock.nowMs()).toBe(400);
});

test('with the store down, a coordinator that is probed meanwhile is found by its suffix', async () => {
  const { sticky, incarnations } = stickyOver({
    recorded: async () => {
      if (++asked === 4) incarnations.observe('http://b', 'vwxyz');
      throw new Error('down');
    },
  });
  let asked = 0;
  expect(await sticky.find(issued(0, 'vwxyz'))).toEqual({
    kind: 'backend',
    proxyTo: 'http://b',
    by: 'suffix',
  });
});

test('what nobody knows is unknown after three seconds, for sure only where the store has answered', async () => {
  const up = stickyOver({});
  expect(await up.sticky.find(issued(0))).toEqual({ kind: 'unknown', sure: true });
  expect(up.clock.nowMs()).toBe(3_000);
  const down = stickyOver({
    recorded: async () => {
      throw new Error('down');
    },
  });
  expect(await down.sticky.find(issued(0))).toEqual({ kind: 'unknown', sure: false });
});

test.each([
  ['an old id', issued(3_600_000)],
  ['what is no id', 'anything'],
])('%s is asked for once', async (_, id) => {
  let asked = 0;
  const { sticky, clock } = stickyOver({
    recorded: async () => {
      asked++;
      return undefined;
    },
  });
  expect(await sticky.find(id)).toEqual({ kind: 'unknown', sure: true });
  expect([asked, clock.nowMs()]).toEqual([1, 0]);
});

test('made-up ids do not all wait: beyond 500 the answer comes at once', async () => {
  const held: (() => void)[] = [];
  let asked = 0;
  const clock: Clock = { ...systemClock, sleepUntil: () => new Promise((resolve) => held.push(resolve)) };
  const { sticky } = stickyOver({ clock, recorded: async () => void asked++ as undefined });
  const waiting = Array.from({ length: 500 }, () => sticky.find(issued(0)));
  await expect.poll(() => held.length).toBe(500);
  expect(await sticky.find(issued(0))).toEqual({ kind: 'unknown', sure: true });
  expect([asked, waiting.length]).toEqual([501, 500]);
});

test('a transaction is found where it was recorded, told to others, and NONE is none', async () => {
  const told: string[] = [];
  let asked = 0;
  const { sticky } = stickyOver({
    recordTransaction: async (id, proxyTo) => void told.push(`${id} ${proxyTo}`),
    recordedTransaction: async () => (++asked < 3 ? undefined : 'http://t'),
  });
  sticky.rememberTransaction('t-1', 'http://a');
  expect(told).toEqual(['t-1 http://a']);
  expect(await sticky.findTransaction('t-1')).toBe('http://a');
  expect(await sticky.findTransaction('NONE')).toBe(undefined);
  expect(await sticky.findTransaction(null)).toBe(undefined);
  expect(asked).toBe(0);
  expect(await sticky.findTransaction('t-2')).toBe('http://t');
  expect(await sticky.findTransaction('t-2')).toBe('http://t');
  expect(asked).toBe(3);
});

type Sighting = readonly ['observe' | 'hear', url: string, suffix: string];

test.each<[string, readonly Sighting[], string | undefined]>([
  [
    'probed there, and another here',
    [
      ['observe', 'a', 'aaaaa'],
      ['observe', 'b', 'bbbbb'],
    ],
    'a',
  ],
  ['probed there, and nothing known here', [['observe', 'a', 'aaaaa']], undefined],
  [
    'only heard of there',
    [
      ['hear', 'a', 'aaaaa'],
      ['observe', 'b', 'bbbbb'],
    ],
    undefined,
  ],
  [
    'heard of here, then probed there',
    [
      ['observe', 'b', 'bbbbb'],
      ['hear', 'b', 'aaaaa'],
      ['observe', 'a', 'aaaaa'],
    ],
    'a',
  ],
  [
    'at two URLs of one coordinator',
    [
      ['observe', 'a', 'aaaaa'],
      ['observe', 'b', 'aaaaa'],
    ],
    undefined,
  ],
  [
    'ended there',
    [
      ['observe', 'a', 'aaaaa'],
      ['observe', 'b', 'bbbbb'],
      ['observe', 'a', 'ccccc'],
    ],
    undefined,
  ],
  [
    'of one of several coordinators behind this URL',
    [
      ['observe', 'b', 'aaaaa'],
      ['observe', 'b', 'bbbbb'],
      ['observe', 'b', 'aaaaa'],
      ['observe', 'a', 'aaaaa'],
      ['observe', 'b', 'bbbbb'],
    ],
    undefined,
  ],
])('whether b may answer with a suffix %s', (_, sightings, elsewhere) => {
  const incarnations = createIncarnations();
  for (const [how, url, suffix] of sightings) incarnations[how](url, suffix);
  expect(incarnations.elsewhere('aaaaa', 'b')).toBe(elsewhere);
});
