// Does the instrument tell the truth? Both arms straight: no overhead. Five milliseconds planted: five are found.
// A 95 % interval misses the truth in one run of twenty by construction, so what is asserted is equivalence: the
// whole interval near the truth. Whether it contains it is printed. On a machine busy with something else a gateway
// that slept waits for its processor besides: where the noise arm sees that, a run proves nothing, and another is made.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import type { Figure, Summary } from '../../src/measure/summary/summary.ts';
import { start, temporaryFolder } from '../cli/harness.ts';

const INVALID = 6;
const RUNS = 5;
const BELOW_MS = 0.5;
/** A wait ends late rather than early: timers have whole milliseconds, and a machine that slept has to wake. */
const ABOVE_MS = 1;

type Answer = 'near' | 'far' | 'cannot tell';

/** What a run says of the truth; far from it only where its own noise arm shows that it could have told. */
function judged(figure: Figure | undefined, truthMs: number): Answer {
  const { low = Number.NaN, high = Number.NaN, noise } = figure ?? {};
  const [from, to] = [truthMs - BELOW_MS, truthMs + ABOVE_MS];
  if (low > from && high < to) return 'near';
  const quiet = noise !== undefined && noise.low > -BELOW_MS && noise.high < BELOW_MS;
  return quiet && (high < from || low > to || high - low < to - from) ? 'far' : 'cannot tell';
}

async function ask(scenario: string, truthMs: number): Promise<Answer> {
  const out = join(temporaryFolder(), 'reports');
  const { code, out: text, err } = await start(['run', `scenarios/${scenario}.yaml`, '--out', out]).ended;
  if (code === 1 || code === 2 || code === 3) throw new Error(`exit ${code}\n${text}\n${err}`);
  const summary = JSON.parse(readFileSync(join(out, 'latest', 'summary.json'), 'utf8')) as Summary;
  const figure = summary.figures['overhead.submit.median'];
  const answer = code === INVALID ? 'cannot tell' : judged(figure, truthMs);
  const { value, low = Number.NaN, high = Number.NaN, n, noise } = figure ?? { n: 0 };
  console.log(
    `${scenario}: submit ${value} ms [${low}, ${high}], ${n} pairs, noise arm [${noise?.low}, ${noise?.high}], ` +
      `exit ${code}: ${answer}; the interval ${low <= truthMs && truthMs <= high ? 'contains' : 'does not contain'} ${truthMs} ms`,
  );
  return answer;
}

/** One run near the truth will do; one far from it is confirmed, as chance alone makes some. */
async function tells(context: TestContext, scenario: string, truthMs: number): Promise<void> {
  let far = 0;
  for (let run = 0; run < RUNS && far < 2; run++) {
    const answer = await ask(scenario, truthMs);
    if (answer === 'near') return;
    if (answer === 'far') far++;
  }
  expect(far, 'runs far from the truth').toBeLessThan(2);
  context.skip(`this machine is too busy with something else: ${RUNS} runs, and none could tell`);
}

describe('the instrument', () => {
  test('finds nothing between two straight ways', (context) => tells(context, 'aa-direct', 0));

  test('finds the five milliseconds that were planted', (context) => tells(context, 'planted-delay', 5));
});
