// What `npm start` does first: nothing, when the packages of the lock file are there already.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from '../../scripts/installed.mjs';

const LOCKED = {
  '': { version: '1.0.0' },
  'node_modules/zod': { version: '4.1.0', integrity: 'sha512-a' },
  'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const ZOD = { 'node_modules/zod': LOCKED['node_modules/zod'] };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rehearse-installed-'));
  mkdirSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
});
afterEach(() => rmSync(root, { recursive: true }));

const npmHas = (packages: object) =>
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));

describe('packages', () => {
  it('are there when npm has installed them, optional ones of other systems apart', () => {
    npmHas(ZOD);
    expect(isInstalled(root)).toBe(true);
  });

  it.each([
    ['none', {}],
    ['another version', { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' } }],
    ['other bytes', { 'node_modules/zod': { version: '4.1.0', integrity: 'sha512-z' } }],
    ['one too many', { ...ZOD, 'node_modules/left': { version: '1.0.0' } }],
  ])('are not there: %s', (_, packages) => {
    npmHas(packages);
    expect(isInstalled(root)).toBe(false);
  });

  it('are not there when npm did not come to its end', () => {
    expect(isInstalled(root)).toBe(false);
  });
});
