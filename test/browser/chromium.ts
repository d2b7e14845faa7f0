/** The system's Chromium, started without anything that would ask the network on its own. */
import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { errorText } from '../../src/base/errors.ts';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser. Throws with what to install when there is none: a browser test is not skipped in silence. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  try {
    accessSync(executablePath, constants.X_OK);
  } catch (error) {
    throw new Error(
      `The browser tests need Chromium, and ${executablePath} cannot be run (${errorText(error)}). ` +
        'Install it (Debian and Ubuntu: apt-get install chromium), or name its path in CHROMIUM.',
    );
  }
  return chromium.launch({ executablePath, args: ARGS });
}
