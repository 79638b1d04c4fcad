import { encodeBatch } from '@loadcycle/codecs';
import { HEADERS, LOG_TOPICS, samplesTopic } from '@loadcycle/contract';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonOf, openTestApi, seed, type TestApi, until } from './api-support.ts';
import { startChromium } from './support/chromium.ts';

// A browser's own EventSource: it opens with a ticket, and goes on with another one from its last event's id.

const PATH = { site: 'plant1', device: 'motor1', signal: 'motor-voltage' };
let t: TestApi;
let browser: Browser | null;
beforeAll(async () => {
  browser = await startChromium();
  if (browser === null) return;
  t = await openTestApi({ live: { tickMs: 10 } });
  await seed(t.db);
});
afterAll(async () => {
  if (browser === null) return;
  await browser.close();
  await t.close();
});

let seq = 0;
async function batch(): Promise<void> {
  const t0Us = 1_790_000_000_000_000 + seq * 100_000;
  const value = encodeBatch({
    ...{ session: '01990000-0000-7000-8000-000000000000', seq: seq++, unit: 'V', t0Us, dtUs: 1000 },
    offsetsUs: null,
    values: Float64Array.from({ length: 100 }, (_, i) => i),
  });
  const headers = {
    [HEADERS.mqttTopic]: samplesTopic(PATH),
    [HEADERS.contentType]: '',
    [HEADERS.receivedAt]: '0',
  };
  const key = `${PATH.site}/${PATH.device}/${PATH.signal}`;
  await t.eventLog.append([{ topic: LOG_TOPICS.samples, key, value, headers }]);
}

/** Run in the page, with what a page would do: a ticket, an EventSource, and both anew once it has closed for good. */
const FOLLOW = `(token) => {
  window.seen = new Set();
  window.opened = 0;
  let last = '';
  const open = async () => {
    const answer = await fetch('/v1/live/tickets', { method: 'POST', headers: { authorization: 'Bearer ' + token } });
    const { ticket } = await answer.json();
    const query = new URLSearchParams({ ticket, signal: 'plant1/motor1/motor-voltage', rate: '10000', event: 'samples' });
    if (last !== '') query.set('lastEventId', last);
    const source = new EventSource('/v1/live?' + query);
    window.source = source;
    source.addEventListener('hello', (e) => { window.opened++; last = e.lastEventId; });
    source.addEventListener('samples', (e) => {
      last = e.lastEventId;
      for (const at of JSON.parse(e.data).t) window.seen.add(at);
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 50);
    };
  };
  open();
}`;

it('loses nothing when its connection is cut, though its ticket opens only one', async (ctx) => {
  if (browser === null) return ctx.skip('chromium is not installed');
  const page = await browser.newPage();
  await page.goto(`${t.url}/`);
  await page.evaluate(`(${FOLLOW})(${JSON.stringify(t.admin)})`);
  const opened = (): Promise<number> => page.evaluate<number>('window.opened');
  const seen = (): Promise<number> => page.evaluate<number>('window.seen.size');
  await until(async () => (await opened()) === 1);
  for (let cut = 1; cut <= 3; cut++) {
    await batch();
    await batch();
    // the last slot goes out once the signal has been silent
    await until(async () => (await seen()) === seq * 100);
    // as a proxy that restarts would cut it: the page's network is gone for a moment
    await page.context().setOffline(true);
    await page.evaluate('window.source.close()');
    await batch();
    await page.context().setOffline(false);
    await page.evaluate('window.source.onerror()');
    await until(async () => (await opened()) === cut + 1);
    await batch();
    await until(async () => (await seen()) === seq * 100);
  }
  // a ticket that was used opens nothing: the browser's own try ends with 401
  const used = await page.evaluate<string>('window.source.url');
  expect((await fetch(used)).status).toBe(401);
  expect((await jsonOf(t.call('/v1/sites'))).sites.length).toBeGreaterThan(0);
  await page.close();
});
