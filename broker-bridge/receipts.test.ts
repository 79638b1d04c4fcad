import { Receipt } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import { Receipts } from './receipts.ts';

const session = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';

test('one message for each device, signal and session, with the ranges that were gathered', async () => {
  const sent: { topic: string; receipt: Receipt }[] = [];
  const arrived = Promise.withResolvers<void>();
  const receipts = new Receipts(5, (topic, payload) => {
    sent.push({ topic, receipt: Receipt.parse(JSON.parse(payload)) });
    if (sent.length === 2) arrived.resolve();
  });
  const device = { site: 's', device: 'd' };
  for (const seq of [42, 40, 41, 45, 40]) receipts.add(device, 'voltage', { session, seq });
  receipts.add(device, 'current', { session, seq: 0 });
  expect(sent).toEqual([]);
  await arrived.promise;
  expect(sent).toEqual([
    {
      topic: 'loadcycle/v1/s/d/receipts',
      receipt: {
        stage: 'logged',
        session,
        signal: 'voltage',
        seqs: [
          [40, 42],
          [45, 45],
        ],
      },
    },
    {
      topic: 'loadcycle/v1/s/d/receipts',
      receipt: { stage: 'logged', session, signal: 'current', seqs: [[0, 0]] },
    },
  ]);
});

test('many ranges go in several messages', () => {
  const sent: Receipt[] = [];
  const receipts = new Receipts(60_000, (_topic, payload) => sent.push(JSON.parse(payload)));
  for (let seq = 0; seq < 2_400; seq += 2) receipts.add({ site: 's', device: 'd' }, 'v', { session, seq });
  receipts.flush();
  expect(sent.map((r) => r.seqs.length)).toEqual([500, 500, 200]);
});
