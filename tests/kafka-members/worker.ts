/** A worker process of the tests: polls, works, takes in one transaction, commits; ends in order on SIGTERM. */
import { setTimeout as delay } from 'node:timers/promises';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { SharedStore } from './store.ts';

export interface WorkerOrder {
  kind: 'kafkajs' | 'platformatic';
  name: string;
  topic: string;
  store: string;
  settings: Parameters<typeof openKafkaJs>[0];
  /** once, after the first poll: work for so long, awake (heartbeats go on) … */
  awakeMs: number;
  /** … or holding the thread (nothing goes on) */
  blockedMs: number;
}

const order = JSON.parse(process.argv[2]!) as WorkerOrder;
const say = (_fields: object, message: string): void => console.error(`${order.name}: ${message}`);
const log = { debug() {}, info: say, warn: say, error: say };
const open = order.kind === 'kafkajs' ? openKafkaJs : openPlatformatic;
const eventLog = await open({ ...order.settings, ...(process.env.KAFKA_TEST_TALK ? { log } : {}) });
const store = new SharedStore(order.store);
const consumer = await eventLog.consume({
  group: order.topic,
  topics: [order.topic],
  positions: async () => store.positions(order.topic),
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

let worked = false;
while (!stop.signal.aborted) {
  const records = await consumer.poll({
    maxBytes: 1e6,
    maxRecords: 50,
    gatherMs: 20,
    waitMs: 1000,
    signal: stop.signal,
  });
  if (records.length === 0) continue;
  if (!worked) {
    worked = true;
    console.log('polled');
    if (order.awakeMs > 0) await delay(order.awakeMs);
    if (order.blockedMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.blockedMs);
  }
  if (store.take(order.name, records)) await consumer.commit(store.positions(order.topic));
  else await consumer.reset();
}
await consumer.close();
await eventLog.close();
store.close();
