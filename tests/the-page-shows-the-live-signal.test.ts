import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './support/chromium.ts';
import { type LocalProcess, ROOT, startLocal, waitFor } from './support/local-process.ts';

let folder: string;
let system: LocalProcess;
let browser: Browser | null;

beforeAll(async () => {
  browser = await startChromium();
  if (browser === null) return;
  folder = await mkdtemp(join(tmpdir(), 'loadcycle-page-'));
  system = await startLocal(folder);
});
afterAll(async () => {
  await browser?.close();
  if (browser !== null) {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A page whose console errors, failed requests and foreign addresses are kept. */
async function openPage(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser!.newPage({ viewport: { width: 1400, height: 1080 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(system.httpUrl)) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

const reading = (page: Page): Promise<string | null> => page.locator('#reading').textContent();

/** Run in the page: how many colours the plot's canvas has. */
const INK = `(() => {
  const canvas = document.querySelector('#plot canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return seen.size;
})()`;

describe('the page in a real browser', () => {
  it('signs in by the printed link, shows the voltage moving, its cycles and what is online', async (ctx) => {
    if (browser === null) return ctx.skip('chromium is not installed');
    const { page, complaints } = await openPage(system.pageUrl);
    await page.locator('#connection', { hasText: 'live' }).waitFor({ timeout: 60_000 });
    // the link is short, and worth nothing to whoever finds it in a log: it carries no token, and is good once
    expect(`  Page    ${system.pageUrl}`.length).toBeLessThanOrEqual(80);
    expect(system.output()).not.toMatch(/eyJ[\w-]+\.eyJ/);
    const again = await openPage(system.pageUrl);
    await again.page.locator('#problem', { hasText: 'was used' }).waitFor();
    await again.page.close();
    // nor is it left in the address
    expect(page.url()).toBe(`${system.httpUrl}/`);

    const before = await reading(page);
    await waitFor('the reading to move', async () => (await reading(page)) !== before);
    expect(await reading(page)).toMatch(/^\d+\.\d\d V$/);

    // complete cycles with their metrics: the simulated motor's base of 230 V and load of 270 V
    await page.locator('#cycles tbody tr').nth(2).waitFor({ timeout: 90_000 });
    const cells = await page.locator('#cycles tbody tr').first().locator('td').allTextContents();
    expect(Number(cells[4])).toBeCloseTo(230, 0);
    expect(Number(cells[5])).toBeCloseTo(270, 0);
    await page.locator('#devices tr', { hasText: 'plant1/motor1' }).locator('text=online').waitFor();
    await page.locator('#stages tr', { hasText: /^landing ?ok/ }).waitFor();

    // the plot has ink of the line and of the shaded load
    const colours = await page.evaluate<number>(INK);
    expect(colours).toBeGreaterThan(3);
    if (process.env['LOADCYCLE_SCREENSHOT'] === 'true') {
      await page.screenshot({ path: join(ROOT, 'docs', 'page.png') });
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('signs in by a pasted token, refuses a bad one, and signs out', async (ctx) => {
    if (browser === null) return ctx.skip('chromium is not installed');
    const { page } = await openPage(system.httpUrl);
    await page.fill('#token', 'no.good.token');
    await page.click('#sign-in button');
    await page.locator('#problem', { hasText: 'no longer good' }).waitFor();
    await page.fill('#token', await system.token());
    await page.click('#sign-in button');
    await page.locator('#connection', { hasText: 'live' }).waitFor();
    await page.click('#sign-out');
    await page.locator('#sign-in').waitFor();
    expect(await page.evaluate<number>('sessionStorage.length')).toBe(0);
    await page.close();
  });
});
