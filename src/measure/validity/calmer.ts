/** How to ask for less load, in the words that the scenario's own load model takes. */
import type { RunInfo } from '../record/run-info.ts';

interface Load {
  readonly model?: string;
  readonly speed?: number;
  readonly rate?: number;
  readonly concurrency?: number;
  readonly stages?: readonly unknown[];
}

/** `lower the load (--set load.speed=720 halves it)`; without a known model the words alone. */
export function calmer({ scenario }: Pick<RunInfo, 'scenario'>): string {
  const load = (scenario as { load?: Load } | undefined)?.load;
  const key = keyOf(load);
  const value = key === undefined ? undefined : load?.[key];
  if (key === undefined || typeof value !== 'number' || (key === 'concurrency' && value < 2))
    return 'lower the load';
  if (load?.model !== 'recorded' && (load?.stages?.length ?? 0) > 0)
    return `lower the load (load.${key} and the levels of load.stages)`;
  return `lower the load (--set load.${key}=${half(value, key)} halves it)`;
}

function keyOf(load: Load | undefined): 'speed' | 'rate' | 'concurrency' | undefined {
  if (load?.model === 'rate') return 'rate';
  if (load?.model === 'closed') return 'concurrency';
  return load?.model === 'recorded' ? 'speed' : undefined;
}

/** Queries at once are whole. */
function half(value: number, key: string): number {
  return key === 'concurrency' ? Math.floor(value / 2) : Number((value / 2).toPrecision(3));
}
