import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A real Chromium of this machine without a window; null where there is none. */
export async function startChromium(): Promise<Browser | null> {
  const executablePath = process.env['LOADCYCLE_TEST_CHROMIUM'] ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) return null;
  return await chromium.launch({
    executablePath,
    args: [
      // root may not use the sandbox; nothing but our own page is opened
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
