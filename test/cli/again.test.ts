import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/base/project.ts';
import { studyWordsAgain, wordsAgain } from '../../src/cli/again.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearse-again-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const again = (scenario: string, flags = {}) => wordsAgain(scenario, { set: [], looks: '1', ...flags });

describe('the words that repeat a run', () => {
  it('hold all that decides', () => {
    const flags = { failFast: true, looks: '3', confirm: true, baseline: 'main', set: ['seed=7'] };
    expect(again('scenarios/daily-roll.yaml', flags).join(' ')).toBe(
      'run scenarios/daily-roll.yaml --set seed=7 --baseline main --fail-fast --looks 3 --confirm',
    );
    const shard = { shard: '1/4', run: 'night', meet: 'STORE' };
    expect(again('scenarios/daily-roll.yaml', shard).slice(2)).toEqual([
      '--shard',
      '1/4',
      '--run',
      'night',
      '--meet',
      'STORE',
    ]);
  });

  it('name files from the project, and those outside it whole', () => {
    expect(again(join(projectRoot, 'scenarios', 'peak.yaml'))).toEqual(['run', 'scenarios/peak.yaml']);
    expect(again(join(folder, 'own.yaml'))).toEqual(['run', join(folder, 'own.yaml')]);
  });

  it('name the run that was the latest then', () => {
    symlinkSync(folder, join(folder, 'latest'));
    expect(again('a.yaml', { baseline: join(folder, 'latest') })).toEqual([
      'run',
      'a.yaml',
      '--baseline',
      folder,
    ]);
  });

  it('hold no secret', () => {
    const set = ['gateway.config.dataStore.password=hunter2', 'gateway.url=http://ana:hunter2@127.0.0.1:1'];
    expect(again('a.yaml', { set }).join(' ')).not.toContain('hunter2');
  });
});

describe('the words that repeat a capacity study', () => {
  it('say that nothing is sent, where the measurement comes from, and where the report goes', () => {
    const flags = { set: ['load.scale=2'], live: false, measured: folder, out: join(folder, 'out') };
    expect(studyWordsAgain(join(projectRoot, 'scenarios', 'capacity', 'study.yaml'), flags)).toEqual([
      ...['capacity', 'run', 'scenarios/capacity/study.yaml', '--set', 'load.scale=2', '--no-live'],
      ...['--measured', folder, '--out', join(folder, 'out')],
    ]);
  });

  it('leave out what is so anyway', () => {
    const out = join(projectRoot, 'reports');
    expect(studyWordsAgain('a.yaml', { set: [], live: true, out })).toEqual(['capacity', 'run', 'a.yaml']);
  });
});
