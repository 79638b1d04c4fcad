import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { silentLogger } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Delivery } from './delivery.ts';
import { Outbox } from './outbox.ts';
import { openStore } from './store.ts';
import { removeFolder, temporaryFolder } from './test-support.ts';
import { Writer } from './writer.ts';

/**
 * Outbox, writer and delivery together, between a source and a broker that forgets, a bridge that is deaf at times,
 * a disk that is too small, and a process that dies. Whatever happens: what is sent is on disk, its bytes never
 * change, the window holds; and once all is well again the bridge has every batch but those that were dropped.
 */

const WINDOW = 6;

class Device {
  readonly folder = temporaryFolder();
  readonly bytes = new Map<string, string>();
  readonly logged = new Set<string>();
  made: string[] = [];
  dropped = 0;
  nowMs = 0;
  starts = 0;
  /** acknowledgements and receipts that are on their way to the device */
  acks: (() => void)[] = [];
  receipts: { session: string; signal: string; seqs: [number, number][] }[] = [];
  bridgeListens = true;
  db!: DatabaseSync;
  outbox!: Outbox;
  delivery!: Delivery;
  writer!: Writer;

  constructor() {
    this.start();
  }

  start(): void {
    this.db = openStore(join(this.folder, 'outbox.db'), silentLogger).db;
    this.outbox = new Outbox(this.db, 1_048_576);
    this.acks = [];
    this.receipts = [];
    this.delivery = new Delivery({
      outbox: this.outbox,
      windowBatches: WINDOW,
      windowBytes: 200_000,
      confirmTimeoutMs: 1000,
      nowMs: () => this.nowMs,
      publish: ({ session, signal, seq, payload, id }, acknowledged) => {
        expect(this.outbox.payload(id)).toEqual(payload);
        const name = `${session}/${signal}/${seq}`;
        const text = Buffer.from(payload).toString();
        expect(this.bytes.get(name) ?? text).toBe(text);
        this.bytes.set(name, text);
        this.acks.push(acknowledged);
        if (!this.bridgeListens) return;
        this.logged.add(name);
        this.receipts.push({ session, signal, seqs: [[seq, seq]] });
      },
    });
    this.writer = new Writer({
      outbox: this.outbox,
      delivery: this.delivery,
      session: `s${this.starts++}`,
      flushIntervalMs: 100,
      log: silentLogger,
    });
    const form = { unit: 'V', batchSize: 500, decimals: null, enabled: true, rateHz: 1000 };
    for (const signal of ['v', 'i']) this.writer.declare({ signal, ...form });
  }

  sample(signal: string, count: number): void {
    const session = `s${this.starts - 1}`;
    const from = this.writer.seq(signal);
    const values = Float64Array.from({ length: count }, (_, k) => Math.sin(k + from) * 230);
    this.writer.push(signal, { t0Us: this.nowMs * 1000, dtUs: 1, values }, false);
    this.writer.flush();
    for (let seq = from; seq < this.writer.seq(signal); seq++) this.made.push(`${session}/${signal}/${seq}`);
    this.check();
  }

  check(): void {
    expect(this.delivery.stats.onTheWay).toBeLessThanOrEqual(WINDOW);
  }

  hear(count: number): void {
    for (const acknowledged of this.acks.splice(0, count)) acknowledged();
    for (const receipt of this.receipts.splice(0, count)) this.writer.confirm(receipt);
    this.check();
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.delivery.tick();
    this.check();
  }

  die(): void {
    this.db.close();
    this.start();
  }

  /** All is well: connected, heard, and time enough. */
  recover(): void {
    this.bridgeListens = true;
    this.delivery.disconnected();
    this.acks = [];
    this.receipts = [];
    this.delivery.connected();
    for (let i = 0; this.outbox.batches > 0 && i < 10_000; i++) {
      this.hear(100);
      this.writer.flush();
      this.pass(50);
    }
  }
}

type Step = (device: Device) => void;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.constantFrom('v', 'i'), fc.nat(3000)).map(
      ([s, n]): Step =>
        (d) =>
          d.sample(s, n + 1),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat(8).map(
      (n): Step =>
        (d) =>
          d.hear(n),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(100, 1500, 40_000).map(
      (ms): Step =>
        (d) =>
          d.pass(ms),
    ),
  },
  fc.constant<Step>((d) => d.delivery.connected()),
  fc.constant<Step>((d) => d.delivery.disconnected()),
  // the broker forgets what it had, and what was to be told
  fc.constant<Step>((d) => {
    d.receipts = [];
  }),
  fc.boolean().map(
    (on): Step =>
      (d) => {
        d.bridgeListens = on;
      },
  ),
  fc.constant<Step>((d) => d.die()),
);

test('whatever fails on the way, in the end every batch that was not dropped is in the log', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const device = new Device();
      try {
        for (const run of steps) run(device);
        device.recover();
        expect(device.outbox.batches).toBe(0);
        const missing = device.made.filter((name) => !device.logged.has(name));
        expect(missing.length).toBeLessThanOrEqual(device.outbox.dropped);
        expect(device.outbox.dropped).toBeLessThanOrEqual(device.made.length);
      } finally {
        device.db.close();
        removeFolder(device.folder);
      }
    }),
    { numRuns: 60 },
  );
});
