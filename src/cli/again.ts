/** The words that repeat a run: all that decides plan and verdict, and paths that hold outside the folder it was called from. */
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { projectRoot } from '../base/project.ts';
import { maskOverride } from '../base/secrets.ts';
import { BASELINES_DIR } from '../compare/store.ts';

export interface RepeatedFlags {
  readonly set: readonly string[];
  readonly baseline?: string;
  readonly failFast?: boolean;
  readonly looks: string;
  readonly confirm?: boolean;
  readonly shard?: string;
  readonly run?: string;
  readonly meet?: string;
}

/** Words after `rehearse`, to be called in the project's folder; values of secrets are `***`. */
export function wordsAgain(scenario: string, flags: RepeatedFlags): string[] {
  const { baseline, confirm, failFast, looks, meet, run, set, shard } = flags;
  return [
    ...['run', fromProject(scenario)],
    ...set.flatMap((entry) => ['--set', maskOverride(entry)]),
    ...(baseline === undefined ? [] : ['--baseline', baselineFromProject(baseline)]),
    ...(failFast === true ? ['--fail-fast'] : []),
    ...(looks === '1' ? [] : ['--looks', looks]),
    ...(confirm === true ? ['--confirm'] : []),
    ...(shard === undefined ? [] : ['--shard', shard, '--run', run ?? '']),
    ...(meet === undefined ? [] : ['--meet', meet]),
  ];
}

export interface RepeatedStudyFlags {
  readonly set: readonly string[];
  readonly out: string;
  readonly live: boolean;
  readonly measured?: string;
}

/** The same of a capacity study. Without `--no-live` a study that was only computed would send load. */
export function studyWordsAgain(study: string, { live, measured, out, set }: RepeatedStudyFlags): string[] {
  return [
    ...['capacity', 'run', fromProject(study)],
    ...set.flatMap((entry) => ['--set', maskOverride(entry)]),
    ...(live ? [] : ['--no-live']),
    ...(measured === undefined
      ? []
      : ['--measured', fromProject(existsSync(measured) ? realpathSync(measured) : measured)]),
    ...(resolve(out) === join(projectRoot, 'reports') ? [] : ['--out', fromProject(out)]),
  ];
}

/** A path inside the project counts from there, whoever has it and wherever; any other is absolute. */
function fromProject(path: string): string {
  const whole = resolve(path);
  const inside = relative(projectRoot, whole);
  return isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`) ? whole : inside;
}

/** `reports/latest` is another run tomorrow; the name of a stored run stays where its folder is found. */
function baselineFromProject(baseline: string): string {
  if (existsSync(baseline)) return fromProject(realpathSync(baseline));
  const stored = join(BASELINES_DIR, `${baseline}.json`);
  const isHere = resolve(BASELINES_DIR) === join(projectRoot, BASELINES_DIR);
  return isHere || !existsSync(stored) ? baseline : fromProject(stored);
}
