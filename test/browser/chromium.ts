/** A real browser for the workspace page: the Chromium of this machine, driven over a pipe. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is: `CHROMIUM` goes before the usual places. */
export function findChromium(env: string | undefined = process.env.CHROMIUM, has = existsSync): string {
  if (env) {
    if (has(env)) return env;
    throw new Error(`CHROMIUM names ${env}, and there is no such file. Name a Chromium or Chrome, or leave it unset.`);
  }
  const found = PLACES.find((place) => has(place));
  if (found) return found;
  throw new Error(
    `There is no Chromium at ${PLACES.join(', ')}. \`apt-get install chromium\` installs one; CHROMIUM names one elsewhere.`,
  );
}

export async function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: QUIET, timeout: 120_000 });
}
