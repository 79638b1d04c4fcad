import { HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import type { RebirthEffect } from '@loadcycle/processors/landing/rebirth';
import sparkplug from 'sparkplug-payload';
import { expect, test } from 'vitest';
import { type Bench, caughtUp, onBench, openBench, startOn, T0 } from './landing-support.ts';

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
