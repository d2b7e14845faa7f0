/**
 * Runs whose truth is known: statements of very different length on a machine that has slow minutes, bursts, pauses and
 * a favourite member of each pair (the second finds warm caches). What the gateway adds is planted. Nothing of it is
 * kind to the statistics: times are heavy-tailed and neighbours depend on each other.
 */
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { RunRecord } from '../../src/measure/record/run-info.ts';
import type { Arm, Sample } from '../../src/measure/record/sample.ts';
import { MS, record, SECOND, sample } from './factory.ts';

export interface Planted {
  readonly pairs: number;
  /** Added to each hop of the gateway arm, milliseconds. */
  readonly extraMs?: number;
  /** The gateway's arm takes so many times as long. */
  readonly factor?: number;
  /** Share of pairs with a noise member. */
  readonly noise?: number;
  /** Spread of the statements' own lengths: standard deviation of the logarithm. */
  readonly spread?: number;
}

const PAIR_EVERY_MS = 100;
const GAP_MS = 40;
/** Correlation of the machine's state from one tenth of a second to the next: it forgets in about ten seconds. */
const MEMORY = 0.99;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** How slow the machine is, tenth by tenth of a second: a slow drift, and bursts of a second or two. */
function slownessOf(ticks: number, random: Random): Float64Array {
  let state = normal(random);
  let burst = 0;
  return Float64Array.from({ length: ticks }, () => {
    state = MEMORY * state + Math.sqrt(1 - MEMORY ** 2) * normal(random);
    if (burst > 0) burst--;
    else if (random.next() < 0.01) burst = 5 + random.below(20);
    return Math.exp(0.3 * state) * (burst > 0 ? 2.5 : 1);
  });
}

/** A pause of the machine in one request of forty, with a tail that has hardly a mean. */
function pauseMs(random: Random): number {
  return random.next() < 0.025 ? 3 / (1 - random.next()) ** 0.8 : 0;
}

/** A run of pairs of two arms (some of three) with a planted difference; the same seed gives the same run. */
export function simulatedRun(seed: number, planted: Planted): RunRecord {
  const { pairs, extraMs = 0, factor = 1, noise = 0, spread = 0.8 } = planted;
  const random = seededRandom(seed, 'simulated run');
  const slowness = slownessOf(pairs + 10, random);
  const samples: Sample[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const lengthMs = 30 * Math.exp(spread * normal(random));
    const arms: Arm[] = random.next() < noise ? ['gateway', 'baseline', 'noise'] : ['gateway', 'baseline'];
    for (let i = arms.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [arms[i], arms[j]] = [arms[j] as Arm, arms[i] as Arm];
    }
    const gatewayFirst = arms.indexOf('gateway') < arms.indexOf('baseline');
    arms.forEach((arm, place) => {
      const slow = slowness[pair + Math.floor((place * GAP_MS) / PAIR_EVERY_MS)] ?? 1;
      const hop = (ms: number) => ms * slow * Math.exp(0.12 * normal(random)) + pauseMs(random);
      const extra = arm === 'gateway' ? extraMs : 0;
      const warm = place === 0 ? 0.15 : 0;
      const times = arm === 'gateway' ? factor : 1;
      const submitMs = hop(1.5) * times + extra + warm;
      const pollMs = hop(0.8) * times + extra + warm;
      const totalMs = submitMs + pollMs + hop(lengthMs) * times;
      const sentUs = Math.round(SECOND + (pair * PAIR_EVERY_MS + place * GAP_MS) * MS);
      samples.push({
        ...sample(pair, { sentUs, arm, pair, gatewayFirst }),
        ...{ statement: `s${pair}`, target: arm === 'gateway' ? '' : 'bi-blue', polls: 1 },
        submittedUs: Math.round(sentUs + submitMs * MS),
        fastestPollUs: Math.round(pollMs * MS),
        ...{ firstPollUs: Math.round(sentUs + totalMs * MS), firstRowUs: Math.round(sentUs + totalMs * MS) },
        lastUs: Math.round(sentUs + totalMs * MS),
      });
    });
  }
  return record(samples, [], { seed });
}
