import { get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isStep, type LiveSnapshot, liveFigures } from '../../src/cli/live/figures.ts';
import { plainLine, terminalLines } from '../../src/cli/live/lines.ts';
import { startLiveServer, thinned } from '../../src/cli/live/server.ts';
import { paintInPlace } from '../../src/cli/progress.ts';
import { event, MS, sample } from '../measure/factory.ts';

/** Figures on a clock that the test moves. */
function figures() {
  let nowMs = 1_000_000;
  const live = liveFigures(() => nowMs);
  const progress = { planned: 100, released: 0, open: 4, ended: 0, troubled: 1 };
  return {
    ...{ live, progress },
    pass: (ms: number) => {
      nowMs += ms;
    },
    start: (lastsMs: number) => live.started(progress, nowMs + lastsMs),
    look: () => live.snapshot() as LiveSnapshot,
  };
}

const took = (ms: number) => sample(1, { intendedUs: 0, sentUs: 0, lastUs: ms * MS });

describe('live figures', () => {
  it('say nothing before the replay and after it', () => {
    const { live, start } = figures();
    expect(live.snapshot()).toBeUndefined();
    start(1000);
    expect(live.snapshot()).toMatchObject({ endedPerSecond: 0, p95Ms: null, phase: 'preparing', step: '' });
    live.event(event('replay-finished', 0));
    expect(live.snapshot()).toBeUndefined();
  });

  it('give the rate of the last five whole seconds', () => {
    const { live, start, pass, look } = figures();
    start(60_000);
    for (let second = 0; second < 10; second++) {
      for (let i = 0; i < second; i++) live.sample(took(10));
      pass(1000);
    }
    expect(look()).toMatchObject({ endedPerSecond: (5 + 6 + 7 + 8 + 9) / 5, atMs: 10_000, leftMs: 50_000 });
    pass(20_000);
    expect(look().endedPerSecond).toBe(0);
  });

  it('give response times of the last half minute at most, from the intended start, of the gateway only', () => {
    const { live, start, pass, look } = figures();
    start(60_000);
    live.sample(took(900));
    live.sample({ ...took(5), arm: 'baseline' });
    live.sample({ ...took(7), end: 'query-error' });
    expect(look().p50Ms).toBeCloseTo(900, -1);
    pass(16_000);
    for (let i = 0; i < 99; i++) live.sample(took(20));
    expect(look().p50Ms).toBeCloseTo(20, 0);
    expect(look().p95Ms).toBeCloseTo(20, 0);
    pass(16_000);
    live.sample(took(40));
    pass(16_000);
    expect(look().p95Ms).toBeCloseTo(40, 0);
  });

  it('tell the phase and the last step, and no note for one', () => {
    const { live, start, look } = figures();
    start(1000);
    live.event(event('phase', 0, { text: 'roll bi' }));
    live.event(event('cluster-drained', 0, { text: 'bi-blue has no query left' }));
    live.event(event('warning', 0, { text: 'late' }));
    expect(look()).toMatchObject({ phase: 'roll bi', step: 'bi-blue has no query left' });
    expect(isStep(event('cluster-incarnation', 0))).toBe(false);
  });
});

const LOOK: LiveSnapshot = {
  ...{ atMs: 30_000, leftMs: 10_000, phase: 'roll bi', step: 'bi-green answers' },
  ...{
    planned: 2300,
    ended: 1204,
    open: 12,
    toSend: 1084,
    troubled: 1,
    endedPerSecond: 48.2,
    p50Ms: 80,
    p95Ms: 1234,
  },
};

describe('a look as lines', () => {
  it('names the step, the share of time, and what matters', () => {
    expect(terminalLines(LOOK, 120)).toEqual([
      'roll bi · bi-green answers',
      `${'█'.repeat(18)}${'░'.repeat(6)}  75 % of the time, 1\u202f204 of 2\u202f300 queries, 48/s, 12 open, p95 1.23 s, 1 error, about 10 s left`,
    ]);
    expect(plainLine({ ...LOOK, leftMs: -1, toSend: 0, p95Ms: null, troubled: 0 })).toBe(
      'roll bi · 1\u202f204 of 2\u202f300 queries, 48/s, 12 open, p95 –, 0 errors, waiting for the last 12',
    );
  });

  it('says of a loop without a known end how many are to be sent, and is a share of the queries', () => {
    const closed = { ...LOOK, leftMs: null, planned: 600, ended: 150, open: 8, toSend: 442 };
    expect(terminalLines(closed, 200)[1]).toContain(' 25 % of the queries, 150 of 600 queries');
    expect(plainLine(closed)).toMatch(/, 442 to be sent$/);
    expect(plainLine({ ...LOOK, leftMs: -5000 })).toMatch(/, 1\u202f084 to be sent$/);
    expect(plainLine({ ...LOOK, leftMs: -1, open: 0, toSend: 0 })).toMatch(/, waiting for the timeline$/);
  });

  it('never wraps, however narrow the terminal', () => {
    for (const columns of [1, 21, 40, 80])
      for (const line of terminalLines(LOOK, columns))
        expect(line.length).toBeLessThanOrEqual(Math.max(20, columns - 1));
  });

  it('is written over its own lines and nothing else', () => {
    let text = '';
    const painter = paintInPlace((part) => {
      text += part;
    });
    painter.paint(['a', 'b']);
    painter.paint(['a', 'b']);
    expect(text).toBe('a\nb');
    painter.paint(['c', 'd']);
    expect(text).toBe('a\nb\r\u001b[2K\u001b[1A\u001b[2Kc\nd');
    painter.erase();
    painter.erase();
    expect(text.endsWith('c\nd\r\u001b[2K\u001b[1A\u001b[2K')).toBe(true);
  });
});

describe('the live page', () => {
  const serve = () => startLiveServer({ title: '<b>day</b>.yaml', port: 0, snapshot: () => LOOK });

  it('is a page with a policy, and a stream that begins with what has been', async () => {
    const live = await serve();
    live.event(event('replay-started', 1_500_000));
    live.event(event('roll-started', 2_000_000, { text: 'roll bi', action: 0 }));
    live.event(event('phase', 2_000_000, { text: 'not a step' }));
    const page = await fetch(live.url);
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(await page.text()).toContain('&lt;b&gt;day&lt;/b&gt;.yaml');
    const stream = await fetch(`${live.url}events`);
    const closed = stream.text();
    await live.close();
    expect(await closed).toBe(
      'event: history\ndata: []\n\nevent: zero\ndata: {"atMs":1500}\n\n' +
        'event: step\ndata: {"atMs":2000,"text":"roll bi","type":"roll-started","action":0}\n\nevent: end\ndata: {}\n\n',
    );
  });

  it('answers this machine by its own name only, GET only, and nothing but its two addresses', async () => {
    const live = await serve();
    const status = (path: string, options: { method?: string; host?: string } = {}) =>
      new Promise<number | undefined>((done) => {
        const headers = { host: options.host ?? '127.0.0.1' };
        get(new URL(path, live.url), { headers, method: options.method ?? 'GET' }, (response) => {
          response.resume();
          done(response.statusCode);
        });
      });
    expect(await status('/')).toBe(200);
    expect(await status('/', { host: 'localhost:8088' })).toBe(200);
    expect(await status('/', { host: 'evil.example' })).toBe(403);
    expect(await status('/', { method: 'POST' })).toBe(405);
    expect(await status('/../run.json')).toBe(404);
    await live.close();
  });

  it('says so when its port is taken', async () => {
    const live = await serve();
    const port = Number(new URL(live.url).port);
    await expect(startLiveServer({ title: '', port, snapshot: () => undefined })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
    await live.close();
  });

  it('keeps a bounded number of looks, spread over the whole run', () => {
    const looks = thinned<number>(8);
    for (let i = 0; i < 1000; i++) looks.add(i);
    expect(looks.all().length).toBeLessThan(8);
    expect(looks.all()[0]).toBe(0);
    expect(looks.all().at(-1)).toBeGreaterThan(700);
  });
});
