import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@loadcycle/contract';
import { expect, onTestFinished, test } from 'vitest';
import { postAll } from './webhook.ts';

async function server(statuses: readonly number[]) {
  const got: { body: string; key: unknown; signature: unknown }[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (d: Buffer) => {
      body += d.toString();
    });
    request.on('end', () => {
      const { 'idempotency-key': key, 'x-loadcycle-signature': signature } = request.headers;
      got.push({ body, key, signature });
      response.writeHead(statuses[got.length - 1] ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  return { got, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook` };
}

const post = (urls: string[], tries = 8) =>
  postAll(Buffer.from('{"kind":"limit"}'), 'k1', {
    urls,
    secret: 's',
    timeoutMs: 5_000,
    tries,
    log: silentLogger,
    signal: new AbortController().signal,
    firstWaitMs: 1,
  });

test('tries again while a webhook is not ready, with the same key and signature', async () => {
  const { got, url } = await server([503, 429, 500]);
  await post([url]);
  expect(got).toHaveLength(4);
  expect(new Set(got.map((g) => JSON.stringify(g))).size).toBe(1);
  expect(got[0]).toEqual({
    body: '{"kind":"limit"}',
    key: 'k1',
    signature: 'sha256=ffda57d7c300f7e7a94acad1950592f04d50e2fea5525033376805042c447d59',
  });
});

test('one that refuses is left, one that is away is given up, and the others have it', async () => {
  const refuses = await server([400]);
  const takes = await server([]);
  await post([refuses.url, 'http://127.0.0.1:9/', takes.url], 2);
  expect(refuses.got).toHaveLength(1);
  expect(takes.got).toHaveLength(1);
});
