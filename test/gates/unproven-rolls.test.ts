import { expect, it } from 'vitest';
import { computeFigures } from '../../src/measure/figures/figures.ts';
import { summarise } from '../../src/measure/summarise.ts';
import type { Summary } from '../../src/measure/summary/summary.ts';
import { record, sample } from '../measure/factory.ts';

it('a roll under no load proves nothing: gates on rolls do not pass', () => {
  const calm = summarise(record([sample(1)]));
  const roll = (doubt: string, drops: number) =>
    ({ kind: 'roll', ok: true, action: 0, doubt, drops }) as unknown as Summary['actions'][number];
  const withdrawn = (doubt: string, drops: number) => {
    const source = {
      ...calm,
      actions: [roll(doubt, drops)],
      lateness: { n: 1, p99Ms: 0, maxMs: 0 },
      skipped: 0,
    };
    return computeFigures(source)['rolls.withoutDrop']?.value;
  };
  expect(withdrawn('its drain tested nothing', 0)).toBeNull();
  expect(withdrawn('its drain tested nothing', 1)).toBe(0);
  expect(withdrawn('', 0)).toBe(1);
});
