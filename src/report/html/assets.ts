/** The page's style and scripts, read once per process, with the digests that the page's policy admits. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Asset {
  readonly text: string;
  /** `'sha256-…'`, as a Content-Security-Policy names it. */
  readonly source: string;
}

export interface Assets {
  readonly style: Asset;
  readonly chartLibrary: Asset;
  /** Module scripts, each with its own scope. */
  readonly client: readonly Asset[];
  /** The one of them that the live page needs too: marks and bands in charts. */
  readonly bands: Asset;
}

/** Order matters: the plugins register before the charts are drawn. */
const CLIENT_FILES = ['bands.js', 'charts.js', 'tables.js'];

const STYLE_FILES = ['theme.css', 'frame.css', 'tables.css', 'parts.css', 'media.css'];

function asset(text: string): Asset {
  return { text, source: `'sha256-${createHash('sha256').update(text).digest('base64')}'` };
}

function own(file: string): string {
  return readFileSync(new URL(`./assets/${file}`, import.meta.url), 'utf8');
}

function chartLibrary(): string {
  const entry = createRequire(import.meta.url).resolve('chart.js');
  const text = readFileSync(join(dirname(entry), 'chart.umd.min.js'), 'utf8');
  // The map is not shipped in the page; a reference to it would make a debugger ask for a file.
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '').trim();
}

let loaded: Assets | undefined;

/** The assets; the first call reads them. */
export function assets(): Assets {
  loaded ??= {
    style: asset(STYLE_FILES.map(own).join('')),
    chartLibrary: asset(chartLibrary()),
    client: CLIENT_FILES.map((file) => asset(own(file))),
    bands: asset(own('bands.js')),
  };
  return loaded;
}
