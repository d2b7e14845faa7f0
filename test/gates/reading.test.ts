import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/base/yaml.ts';
import { checkGates, parseGate } from '../../src/gates/parse.ts';

describe('reading a gate', () => {
  it.each([
    ['drops.total == 0', 'drops.total', '==', 0],
    ['  drops.total==0 ', 'drops.total', '==', 0],
    ['rolls.completed >= 2', 'rolls.completed', '>=', 2],
    ['drops.unavoidable != 3', 'drops.unavoidable', '!=', 3],
    ['overhead.total.median < 5ms', 'overhead.total.median', '<', 5],
    ['overhead.total.median<-250us', 'overhead.total.median', '<', -0.25],
    ['latency.response.p99 <= 2 s', 'latency.response.p99', '<=', 2000],
    ['latency.response.p99.9 < 1.5m', 'latency.response.p99.9', '<', 90_000],
    ['routing.correctness >= 99.9 %', 'routing.correctness', '>=', 0.999],
    ['routing.correctness > 0.5', 'routing.correctness', '>', 0.5],
    ['drops.rate < 0.1%', 'drops.rate', '<', 0.001],
  ])('%s', (text, figure, operator, limit) => {
    const parsed = parseGate(text);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.gate).toMatchObject({ expression: text.trim(), figure, operator });
    expect(parsed.gate.limit.absolute).toBeCloseTo(limit, 12);
    expect(parsed.gate.limit).toMatchObject({ relative: undefined, from: undefined });
  });

  it.each<[string, string, object]>([
    ['overhead.p95 < max(5ms, 10%)', 'overhead.total.p95', { absolute: 5, relative: 0.1 }],
    ['overhead.p95 < max( 10 %, 5 ms )', 'overhead.total.p95', { absolute: 5, relative: 0.1 }],
    ['overhead.submit.median <= 2.5%', 'overhead.submit.median', { relative: 0.025 }],
    ['latency.p99 < baseline + 10%', 'latency.response.p99', { relative: 0.1, from: 'baseline' }],
    ['latency.service.p95 < baseline', 'latency.service.p95', { absolute: 0, from: 'baseline' }],
    [
      'latency.service.p95<stored+max(5ms,10%)',
      'latency.service.p95',
      { absolute: 5, relative: 0.1, from: 'stored' },
    ],
    ['drops.total <= stored + 3', 'drops.total', { absolute: 3, from: 'stored' }],
    ['drops.rate < stored + 0.1 %', 'drops.rate', { absolute: 0.001, from: 'stored' }],
    ['queries.perSecond >= 50/s', 'queries.perSecond', { absolute: 50 }],
    // At the edge, but a run can meet it or miss it.
    ['drops.total <= 0', 'drops.total', { absolute: 0 }],
    ['drops.total > 0', 'drops.total', { absolute: 0 }],
    ['routing.correctness >= 100 %', 'routing.correctness', { absolute: 1 }],
    ['routing.correctness < 100 %', 'routing.correctness', { absolute: 1 }],
    ['overhead.p95 < 0ms', 'overhead.total.p95', { absolute: 0 }],
    ['latency.p99 < stored', 'latency.response.p99', { absolute: 0, from: 'stored' }],
  ])('%s', (text, figure, limit) => {
    const parsed = parseGate(text);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.gate).toMatchObject({ figure, limit });
  });

  it.each([
    [
      'drops are few',
      'expected a figure, an operator and a limit, such as "drops.total == 0", got "drops are few"',
    ],
    [
      'drops.total ==',
      'expected a figure, an operator and a limit, such as "drops.total == 0", got "drops.total =="',
    ],
    ['', 'expected a figure, an operator and a limit, such as "drops.total == 0", got ""'],
    ['drop.total == 0', 'unknown figure "drop.total"; did you mean "drops.total"?'],
    ['constructor == 0', /^unknown figure "constructor"; known here: queries\.planned, /],
    ['drops.total = 0', 'unknown operator "="; use one of == != <= >= < >'],
    ['drops.total => 0', 'unknown operator "=>"; use one of == != <= >= < >'],
    [
      'drops.total == 0ms',
      'drops.total is compared with a whole number without a unit, such as 0; got "0ms"',
    ],
    [
      'drops.total == 0.5',
      'drops.total is compared with a whole number without a unit, such as 0; got "0.5"',
    ],
    [
      'overhead.total.median < 5',
      'overhead.total.median is compared with a duration with its unit, such as 5ms or 2s; got "5"',
    ],
    ['latency.response.p99 < 5 %', /a duration with its unit, such as 5ms or 2s; got "5 %"/],
    ['drops.rate < 5ms', 'drops.rate is compared with a share, such as 0.1 % or 0.001; got "5ms"'],
    ['routing.correctness >= 999', 'a share cannot be above 100 %; got "999"'],
    [
      'latency.p99 < 10%',
      /^latency\.response\.p99 is compared with a duration .*; got "10%", and a percentage of what is not said$/,
    ],
    ['latency.p99 < baseline * 2', 'after "baseline" comes + and what is allowed on top; got "* 2"'],
    ['latency.p99 > baseline + 1ms', 'a limit that counts from baseline is an upper one; use < or <='],
    ['drops.total < baseline + 1', /^drops\.total has no counterpart in the baseline arm/],
    ['overhead.p95 < baseline + 1ms', /^overhead\.total\.p95 is already a difference to the baseline/],
    ['overhead.p95 < max(5ms, 6ms)', /^max\(…\) takes one part in the figure's unit and one in per cent/],
    ['overhead.p95 < max(5, 10%)', /a duration with its unit, such as 5ms or 2s; got "5"$/],
    ['latency.p99 < stored + five', /a duration with its unit/],
    [
      'drops.total < 0',
      'drops.total is never negative, so this gate cannot hold; for none at all, write "drops.total == 0"',
    ],
    ['drops.total >= 0', /^drops\.total is never negative, so this gate always holds; /],
    ['latency.p99 < 0ms', /^latency\.response\.p99 is never negative, so this gate cannot hold; .* < 5ms"$/],
    ['latency.p99 <= -1ms', /so this gate cannot hold; /],
    ['latency.p99 > -1ms', /so this gate always holds; /],
    ['drops.rate < 0 %', /so this gate cannot hold; .*"drops\.rate < 0\.1 %"$/],
    ['queries.perSecond < 0/s', /so this gate cannot hold; /],
    [
      'routing.correctness > 100 %',
      'routing.correctness is never above 100 %, so this gate cannot hold; for nothing less than all, write "routing.correctness >= 100 %"',
    ],
    ['drops.rate <= 100 %', /is never above 100 %, so this gate always holds; /],
    ['drops.rate == 0', 'drops.rate is an estimate, which never equals a number exactly; use < or >'],
  ])('%s is refused', (text, problem) => {
    const parsed = parseGate(text);
    expect('problem' in parsed && parsed.problem).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  it('names the place of each problem in a file', () => {
    const source = parseYaml(
      'name: x\ngates:\n  - drops.total == 0\n  - drops.totl == 0\n  - drops.rate < 1ms\n  - drops.total < 0\n',
      's.yaml',
    );
    const { gates } = source.data as { gates: string[] };
    const checked = checkGates(gates, source, ['gates']);
    expect(checked.gates.map((g) => g.figure)).toEqual(['drops.total']);
    expect(checked.problems.map((p) => [p.line, p.column, p.message])).toEqual([
      [4, 5, 'unknown figure "drops.totl"; did you mean "drops.total"?'],
      [5, 5, 'drops.rate is compared with a share, such as 0.1 % or 0.001; got "1ms"'],
      [6, 5, expect.stringMatching(/^drops\.total is never negative, so this gate cannot hold; /)],
    ]);
  });
});
