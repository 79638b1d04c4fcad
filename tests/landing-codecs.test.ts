import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import type { RebirthEffect } from '@loadcycle/processors/landing/rebirth';
import { startNotify } from '@loadcycle/processors/notify/index';
import sparkplug from 'sparkplug-payload';
import { expect, onTestFinished, test } from 'vitest';
import { type Bench, caughtUp, onBench, openBench, startOn, T0, until } from './landing-support.ts';

const { encodePayload } = sparkplug.get('spBv1.0')!;
type Payload = Parameters<typeof encodePayload>[0];

const MS = T0 / 1000;
const spb = (topic: string, payload: Payload) => ({
  topic: LOG_TOPICS.samples,
  key: 'spBv1.0/plant/gw1',
  value: encodePayload(payload),
  headers: { [HEADERS.mqttTopic]: `spBv1.0/plant/${topic}`, [HEADERS.receivedAt]: String(T0 + 60_000_000) },
});
const birth = (seq: number) =>
  spb('NBIRTH/gw1', {
    timestamp: MS,
    seq,
    metrics: [
      { name: 'bdSeq', type: 'Int64', value: 3, timestamp: MS },
      {
        name: 'voltage',
        type: 'Double',
        value: 230,
        timestamp: MS,
        alias: 7,
        properties: { engUnit: { type: 'String', value: 'V' } },
      },
    ],
  } as Payload);
const data = (seq: number) =>
  spb('NDATA/gw1', {
    timestamp: MS + seq * 100,
    seq: seq % 256,
    metrics: [{ alias: 7, type: 'Double', value: 230 + seq, timestamp: MS + seq * 100 }],
  } as unknown as Payload);

test('Sparkplug lands through restarts: aliases and numbers are those of the births, and a gap asks for them', async () => {
  const b: Bench = await openBench();
  const asked: RebirthEffect[] = [];
  const start = async () => {
    const landing = await startOn(b, { onRebirth: (e) => void asked.push(e) });
    const cycles = await startCycles({ ...onBench(b), settings: { cyclesGather: 5_000 } });
    return async () => {
      await caughtUp(b, 'landing');
      await caughtUp(b, 'cycles');
      await cycles.close();
      await landing.close();
    };
  };
  await b.eventLog.append([birth(0), ...Array.from({ length: 150 }, (_, i) => data(i + 1))]);
  await (await start())();
  await b.eventLog.append(Array.from({ length: 150 }, (_, i) => data(i + 151)));
  await (await start())();
  expect(await b.db.query('SELECT count(*) AS n, min(value) AS min, max(value) AS max FROM sample')).toEqual([
    { n: 301, min: 230, max: 530 },
  ]);
  expect(await b.db.query('SELECT site, device, signal, unit FROM signal_path')).toEqual([
    { site: 'plant', device: 'gw1', signal: 'voltage', unit: 'V' },
  ]);
  expect(await b.db.query("SELECT status->>'state' AS state FROM device")).toEqual([{ state: 'online' }]);
  expect(asked).toEqual([]);
  // one is lost: nothing is read until the next birth, which is asked for
  await b.eventLog.append([data(302), data(303)]);
  await (await start())();
  expect(asked.map((e) => e.topic)).toEqual(['spBv1.0/plant/NCMD/gw1']);
  expect(await b.db.query('SELECT DISTINCT reason FROM dead_letter')).toEqual([
    { reason: 'sparkplug.sequence-gap' },
  ]);
  const seen = await b.db.query<{ to: number }>(
    'SELECT (extract(epoch from seen_to) * 1000000)::bigint AS to FROM segmenter_state',
  );
  expect(seen).toEqual([{ to: T0 + 300 * 100_000 }]);
});

test('an anomaly in the log is posted once it can be, and once', async () => {
  const b = await openBench();
  const got: string[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (d: Buffer) => {
      body += d.toString();
    });
    request.on('end', () => {
      got.push(body);
      response.writeHead(got.length === 1 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  const webhooks = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  const common = { ...onBench(b), settings: { webhooks } };
  const told = (n: number) => ({
    topic: LOG_TOPICS.anomalies,
    key: 's/d/voltage',
    value: Buffer.from(JSON.stringify({ n })),
  });
  await b.eventLog.append([told(1), told(2)]);
  const offset = () =>
    b.db.query<{ n: number }>(
      "SELECT coalesce(sum(next), 0)::bigint AS n FROM consumer_offset WHERE consumer = 'notify-webhooks'",
    );
  const first = await startNotify(common);
  await until(offset, ([row]) => row!.n === 2);
  await first.close();
  await b.eventLog.append([told(3)]);
  const second = await startNotify(common);
  await until(offset, ([row]) => row!.n === 3);
  await second.close();
  expect(got).toEqual(['{"n":1}', '{"n":1}', '{"n":2}', '{"n":3}']);
});
