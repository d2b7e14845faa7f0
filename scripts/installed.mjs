// Whether node_modules holds what package-lock.json asks for. npm writes what it has installed beside it, at the very
// end: after an `npm ci` of somebody else there is nothing to do, after one that broke off there is.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True when every package of the lock file is there in its version and with its digest, and no other. Optional ones may
 * be missing: most of them are for other systems.
 */
export function isInstalled(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const found = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  const same = ([place, { integrity, optional, version }]) => {
    const there = found[place];
    if (there === undefined) return optional === true;
    return there.version === version && there.integrity === integrity;
  };
  const needed = Object.entries(wanted).filter(([place]) => place !== '');
  return needed.every(same) && Object.keys(found).every((place) => wanted[place] !== undefined);
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
