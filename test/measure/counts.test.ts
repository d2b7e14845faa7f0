import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../src/measure/ledger/counts.ts';
import type { Sample } from '../../src/measure/record/sample.ts';
import { summarise } from '../../src/measure/summarise.ts';
import { event, killed, lostSubmit, NEVER_SENT, record, SECOND, sample } from './factory.ts';

const anyEnd = fc.constantFrom<Sample['end']>(
  ...([
    'finished',
    'query-error',
    'http-error',
    'transport-error',
    'hung',
    'cancelled',
    'never-sent',
  ] as const),
);
const anySample = fc
  .record({
    arm: fc.constantFrom<Sample['arm']>('gateway', 'baseline'),
    end: anyEnd,
    stage: fc.constantFrom<Sample['stage']>('none', 'submit', 'poll'),
    httpStatus: fc.constantFrom(0, 200, 404, 410, 429, 500, 503),
    errorName: fc.constantFrom(
      '',
      'SYNTAX_ERROR',
      'SERVER_STARTING_UP',
      'GENERIC_INTERNAL_ERROR',
      'NEW_ERROR',
    ),
    errorType: fc.constantFrom('', 'USER_ERROR', 'INTERNAL_ERROR'),
    statement: fc.constantFrom('a', 'b', ''),
    checksum: fc.constantFrom('1', '2'),
    pair: fc.integer({ min: -1, max: 10 }),
    intendedUs: fc.integer({ min: 0, max: 60 * SECOND }),
    sentUs: fc.option(fc.integer({ min: 0, max: 60 * SECOND }), { nil: -1 }),
    queryId: fc.constantFrom('', 'nonsense', '20261121_080000_00001_bbbbb', '20261121_080000_00001_zzzzz'),
  })
  .map((change) => sample(0, change.end === 'never-sent' ? { ...change, ...NEVER_SENT } : change));

const PHASES = [
  event('phase', 20 * SECOND, { text: 'middle', action: 0 }),
  event('phase', 40 * SECOND, { text: 'late' }),
];

describe('the law of sums', () => {
  it('holds in the run, in each arm and in each phase, whatever the samples are', () => {
    fc.assert(
      fc.property(fc.array(anySample, { maxLength: 60 }), (drawn) => {
        const samples = drawn.map((s, seq) => ({ ...s, seq }));
        const summary = summarise(record(samples, [...PHASES, ...killed('bi-blue', 30 * SECOND, 1)]), {
          resamples: 10,
        });
        const ofArm = (arm: Sample['arm']) => samples.filter((s) => s.arm === arm).length;
        expect(sumOf(summary.total.counts)).toBe(ofArm('gateway'));
        expect(sumOf(summary.baselineTotal.counts)).toBe(ofArm('baseline'));
        expect(summary.noiseTotal === undefined ? 0 : sumOf(summary.noiseTotal.counts)).toBe(ofArm('noise'));
        expect(summary.phases.reduce((sum, p) => sum + p.planned, 0)).toBe(ofArm('gateway'));
        for (const phase of summary.phases) expect(sumOf(phase.counts)).toBe(phase.planned);
        const gatewayDrops = summary.drops.filter((d) => d.arm === 'gateway').length;
        expect(summary.phases.reduce((sum, p) => sum + p.drops, 0)).toBe(gatewayDrops);
        const dropped = summary.figures['drops.total'];
        // Of nothing that was tried there is no count, and then nothing was dropped.
        expect(dropped?.value ?? 0).toBe(gatewayDrops);
        expect(dropped?.value === null).toBe(dropped?.n === 0);
        const { routing } = summary;
        const routed =
          routing.correct +
          routing.mismatches +
          routing.ambiguous +
          routing.withoutId +
          routing.unknownSuffix;
        expect(routed).toBe(samples.filter((s) => s.arm === 'gateway' && s.sentUs >= 0).length);
        for (const figure of Object.values(summary.figures))
          expect(figure.value === null || Number.isFinite(figure.value)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a record that lost or doubled a query', () => {
    const three = [sample(1), sample(2), sample(3)];
    const planned = { gateway: 4, baseline: 0, pairs: 0, sha256: '' };
    expect(() => summarise(record(three, [], { planned }))).toThrow(/4 queries planned .* 3 outcomes/);
    expect(() => summarise(record([...three, sample(3)]))).toThrow(
      /1 queries of the gateway arm have two samples/,
    );
  });

  it('calls a run that was killed or interrupted incomplete instead', () => {
    const planned = { gateway: 4, baseline: 0, pairs: 0, sha256: '' };
    for (const change of [{ finishedAt: null }, { interrupted: true }]) {
      const { validity } = summarise(record([sample(1)], [], { planned, ...change }));
      expect(validity.find((c) => c.name === 'complete record')).toMatchObject({
        ok: false,
        severity: 'invalid',
      });
    }
  });
});

describe('the phase of a query', () => {
  const phaseOf = (query: Sample) => {
    const { phases } = summarise(record([query], PHASES));
    return phases.find((p) => p.planned === 1)?.name;
  };
  const [early, late] = [19 * SECOND, 21 * SECOND];

  it.each([
    ['success counts where it was sent', sample(1, { sentUs: early, lastUs: late }), 'start'],
    [
      'rejection counts where it was sent',
      lostSubmit(1, { sentUs: early, lastUs: late, httpStatus: 429 }),
      'start',
    ],
    [
      'loss in flight counts where it failed',
      sample(1, { sentUs: early, lastUs: late, end: 'hung' }),
      'middle',
    ],
    ['what was never sent counts where it was due', sample(1, { ...NEVER_SENT, intendedUs: late }), 'middle'],
    ['the last phase has no end', sample(1, { sentUs: 50 * SECOND }), 'late'],
  ])('%s', (_, query, name) => {
    expect(phaseOf(query)).toBe(name);
  });

  it('counts what only a retry has saved', () => {
    const { phases, figures } = summarise(record([sample(1, { retries: 1 }), sample(2)], PHASES));
    expect(phases[0]?.recoveredByRetry).toBe(1);
    expect(figures['recovered.byRetry']?.value).toBe(1);
  });
});
