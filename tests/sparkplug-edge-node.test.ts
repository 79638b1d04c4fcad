import { startBridge } from '@loadcycle/broker-bridge';
import { silentLogger } from '@loadcycle/contract';
import { Rebirths } from '@loadcycle/processors/landing/rebirth';
import { replayDeadLetters } from '@loadcycle/processors/replay';
import { Health } from '@loadcycle/service';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { openBroker } from './api-support.ts';
import { type Bench, openBench, startOn, until } from './landing-support.ts';
import { EdgeNode } from './sparkplug-node.ts';
import { accountSums, disagreements } from './validation-support.ts';

/** Broker, bridge, log and landing; whoever speaks to the broker needs nothing of ours. */
async function openFactory(): Promise<Bench & { url: string }> {
  const bench = await openBench();
  const broker = await openBroker();
  const { url } = broker;
  const rebirths = new Rebirths({ url, log: silentLogger });
  const landing = await startOn(bench, { onRebirth: (e) => rebirths.ask(e) });
  const bridge = await startBridge({
    mqtt: { url },
    eventLog: bench.eventLog,
    connections: 1,
    protocolVersion: 4,
    receiptGatherMs: 20,
    maxInFlight: 100,
    sparkplug: true,
    health: new Health(),
    log: silentLogger,
  });
  onTestFinished(async () => {
    await bridge.close();
    await landing.close();
    await rebirths.close();
    await broker.close();
  });
  await until(
    async () => bridge.stats().connected,
    (n) => n === 1,
  );
  return { ...bench, url };
}

const values = (b: Bench, device: string, signal: string) =>
  b.db
    .query<{ v: number }>(
      `SELECT value AS v FROM sample s JOIN signal_path p USING (signal_id)
       WHERE p.device = $1 AND p.signal = $2 ORDER BY ts`,
      [device, signal],
    )
    .then((rows) => rows.map((r) => r.v));

test('a Sparkplug B edge node: births, data by alias, a lost message, the rebirth that is asked for, its will', async () => {
  const b = await openFactory();
  const node = new EdgeNode(7);
  await node.connect(b.url);
  await node.born();
  await node.data('NDATA', 1, 24.5);
  await node.data('DDATA', 2, 6);
  await until(
    () => values(b, 'gateway--press', 'pressure'),
    (v) => v.length === 2,
  );
  expect(await values(b, 'gateway', 'supply')).toEqual([24, 24.5]);
  expect(await values(b, 'gateway--press', 'pressure')).toEqual([5, 6]);
  expect(await b.db.query('SELECT device, signal, unit FROM signal_path ORDER BY 1')).toEqual([
    { device: 'gateway', signal: 'supply', unit: 'V' },
    { device: 'gateway--press', signal: 'pressure', unit: 'bar' },
  ]);

  // one message is lost on its way: what comes after it is not read, and the node is asked for its births
  await node.data('NDATA', 1, 25, true);
  await node.data('DDATA', 2, 7);
  await until(
    async () => node.asked,
    (n) => n === 1,
  );
  const letters = await b.db.query<{ reason: string; state: string }>(
    'SELECT reason, state FROM dead_letter',
  );
  expect(letters).toEqual([{ reason: 'sparkplug.sequence-gap', state: 'held' }]);
  await node.data('NDATA', 1, 26);
  await until(
    () => values(b, 'gateway', 'supply'),
    (v) => v.at(-1) === 26,
  );

  // the dead letter's aliases meant what they mean now only if its births still hold: said by name, it is replayed
  const before = await accountSums(b.db);
  expect(await replayDeadLetters(b.db, b.eventLog, { reason: 'sparkplug.sequence-gap' })).toEqual({
    replayed: 1,
  });
  await until(
    () => b.db.query<{ reason: string }>('SELECT reason FROM dead_letter ORDER BY id'),
    (rows) => rows.length === 2,
  );
  expect(await b.db.query('SELECT reason, state FROM dead_letter ORDER BY id')).toEqual([
    { reason: 'sparkplug.sequence-gap', state: 'replayed' },
    { reason: 'sparkplug.no-birth', state: 'held' },
  ]);
  expect(await accountSums(b.db)).toMatchObject({
    received: before.received + 1,
    deadLettered: before.deadLettered + 1,
  });
  // out of its order it moved nothing: the node goes on counting, and is not asked again
  await node.data('NDATA', 1, 27);
  await until(
    () => values(b, 'gateway', 'supply'),
    (v) => v.at(-1) === 27,
  );
  expect(node.asked).toBe(1);

  node.cut();
  await until(
    () => b.db.query<{ s: string }>(`SELECT status->>'state' AS s FROM device ORDER BY name`),
    (rows) => rows.every((r) => r.s === 'offline'),
  );
  expect(await disagreements(b.db)).toEqual([]);
});

test('a Sparkplug dead letter by name is replayed beside the stream, and twice changes nothing', async () => {
  const b = await openFactory();
  const node = new EdgeNode(1);
  await node.connect(b.url);
  await node.born();
  await node.data('NDATA', 1, 24.5, true);
  await node.send('NDATA', [{ name: 'supply', type: 'Double', value: 99 }]);
  await until(
    async () => node.asked,
    (n) => n === 1,
  );
  await node.data('NDATA', 1, 25);
  await until(
    () => values(b, 'gateway', 'supply'),
    (v) => v.at(-1) === 25,
  );
  await replayDeadLetters(b.db, b.eventLog, {});
  const all = await until(
    () => values(b, 'gateway', 'supply'),
    (v) => v.includes(99),
  );
  await b.db.query(`UPDATE dead_letter SET state = 'held'`);
  await replayDeadLetters(b.db, b.eventLog, {});
  await until(
    () => accountSums(b.db),
    (a) => a.duplicates === 1,
  );
  expect(await values(b, 'gateway', 'supply')).toEqual(all);
  expect(await disagreements(b.db)).toEqual([]);
});

test('a SenML device: several signals in a pack, and the same pack again is a duplicate', async () => {
  const b = await openFactory();
  const client = await mqtt.connectAsync(b.url, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  const bt = Math.floor(Date.now() / 1000);
  const pack = Buffer.from(
    JSON.stringify([
      { bn: 'urn:dev:ow:10e2073a01080063:', bt, n: 'voltage', u: 'V', v: 120.5 },
      { n: 'voltage', u: 'V', t: 1, v: 121 },
      { n: 'winding', u: 'Cel', v: 61.5 },
    ]),
  );
  const topic = 'loadcycle/v1/hall-2/meter/samples/voltage/senml';
  for (let i = 0; i < 2; i++) await client.publishAsync(topic, pack, { qos: 1 });
  await client.publishAsync(topic, Buffer.from('[{"n":"voltage","u":"V","vs":"on"}]'), { qos: 1 });
  await until(
    () => accountSums(b.db),
    (a) => a.received === 5,
  );
  expect(await accountSums(b.db)).toMatchObject({ landed: 2, duplicates: 2, deadLettered: 1, samples: 3 });
  expect(await values(b, 'meter', 'voltage')).toEqual([120.5, 121]);
  expect(await values(b, 'meter', 'winding')).toEqual([61.5]);
  expect(await b.db.query('SELECT reason FROM dead_letter')).toEqual([{ reason: 'senml.invalid' }]);
});

test('what the bridge refuses is in the same quarantine, counted, and out of it once it can be read', async () => {
  const b = await openFactory();
  const client = await mqtt.connectAsync(b.url, { protocolVersion: 4 });
  onTestFinished(() => client.endAsync(true));
  await client.publishAsync('loadcycle/v1/hall-2/meter/samples/voltage/cbor', Buffer.from([1, 2, 3]), {
    qos: 1,
  });
  await client.publishAsync('spBv1.0/hall-2/NOISE/x', Buffer.from('?'), { qos: 1 });
  const letters = () =>
    b.db.query<{ reason: string; mqtt_topic: string; payload: Uint8Array }>(
      'SELECT reason, mqtt_topic, payload FROM dead_letter ORDER BY id',
    );
  const [first] = await until(letters, (rows) => rows.length === 2);
  expect(first).toEqual({
    reason: 'message.unsupported-content-type',
    mqtt_topic: 'loadcycle/v1/hall-2/meter/samples/voltage/cbor',
    payload: new Uint8Array([1, 2, 3]),
  });
  expect(await accountSums(b.db)).toMatchObject({ received: 2, deadLettered: 2 });
  // it is sent where it was meant for, is refused there by the same name, and does not go round by itself
  await replayDeadLetters(b.db, b.eventLog, { reason: 'message.unsupported-content-type' });
  await until(letters, (rows) => rows.length === 3);
  expect(await accountSums(b.db)).toMatchObject({ received: 3, deadLettered: 3 });
});
