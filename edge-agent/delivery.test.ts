import { expect, test } from 'vitest';
import { Delivery, type Ready } from './delivery.ts';

/** An outbox in memory, a clock that only moves when told, and a broker that remembers what it was given. */
class World {
  nowMs = 0;
  readonly stored = new Map<number, Ready>();
  readonly sent: number[] = [];
  acknowledges = true;
  readonly delivery: Delivery;

  constructor(windowBatches = 8, windowBytes = 1e9) {
    this.delivery = new Delivery({
      outbox: {
        lastId: 0,
        after: (id, count, bytes) => {
          const found: Ready[] = [];
          let total = 0;
          for (const b of this.stored.values()) {
            if (b.id <= id) continue;
            total += b.size;
            if (found.length === count || (total > bytes && found.length > 0)) break;
            found.push(b);
          }
          return found;
        },
        payload: (id) => this.stored.get(id)?.payload ?? null,
      },
      windowBatches,
      windowBytes,
      confirmTimeoutMs: 1000,
      nowMs: () => this.nowMs,
      publish: (batch, acknowledged) => {
        this.sent.push(batch.id);
        if (this.acknowledges) acknowledged();
      },
    });
  }

  /** Batches come to disk, and are offered. Ids count from 1, sequence numbers with them. */
  add(count: number, size = 100): void {
    const fresh = Array.from({ length: count }, (_, i) => {
      const id = this.stored.size + i + 1;
      return { id, session: 's', signal: 'v', seq: id, size, payload: new Uint8Array(size) };
    });
    for (const b of fresh) this.stored.set(b.id, b);
    this.delivery.offer(fresh);
  }

  confirm(from: number, to: number): void {
    this.delivery.confirm({ session: 's', signal: 'v', seqs: [[from, to]] });
  }

  /** What was sent since the last look. */
  look(): number[] {
    return this.sent.splice(0);
  }

  after(ms: number): number[] {
    this.nowMs += ms;
    this.delivery.tick();
    return this.look();
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('nothing is sent without a connection; with one, oldest first, up to the window', () => {
  const w = new World();
  w.add(20);
  expect(w.look()).toEqual([]);
  w.delivery.connected();
  expect(w.look()).toEqual(range(1, 8));
  w.confirm(1, 3);
  expect(w.look()).toEqual([9, 10, 11]);
});

test('the window is bounded in bytes too, but one batch of any size may go', () => {
  const w = new World(100, 250);
  w.delivery.connected();
  w.add(5);
  expect(w.look()).toEqual([1, 2, 3]);
  w.confirm(1, 3);
  w.confirm(4, 5);
  w.add(1, 10_000);
  w.add(1);
  expect(w.look()).toContain(6);
  w.confirm(6, 6);
  expect(w.look()).toEqual([7]);
});

test('a new connection sends everything unconfirmed again, oldest first', () => {
  const w = new World();
  w.delivery.connected();
  w.add(5);
  w.confirm(2, 2);
  w.stored.delete(2);
  w.delivery.committed([]);
  w.look();
  w.delivery.disconnected();
  w.delivery.connected();
  expect(w.look()).toEqual([1, 3, 4, 5]);
});

test('behind a long backlog new batches have a lane of their own, a quarter of the window', () => {
  const w = new World(8);
  w.add(100);
  w.delivery.connected();
  expect(w.look()).toEqual(range(1, 6));
  w.add(5);
  expect(w.look()).toEqual([101, 102]);
  w.confirm(101, 101);
  w.add(1);
  expect(w.look()).toEqual([106]);
  // the backlog goes on in order, and does not send again what the lane has on its way
  w.confirm(1, 6);
  expect(w.look()).toEqual(range(7, 12));
});

test('a short backlog stays in order', () => {
  const w = new World(8);
  w.add(20);
  w.delivery.connected();
  w.look();
  w.add(1);
  expect(w.look()).toEqual([]);
  w.confirm(1, 8);
  w.confirm(9, 16);
  expect(w.look()).toEqual(range(9, 21));
});

test('without any receipt only the oldest is sent again, ever less often', () => {
  const w = new World();
  w.delivery.connected();
  w.add(4);
  w.look();
  const probes = range(1, 400).map(() => w.after(500).length);
  expect(new Set(w.sent)).toEqual(new Set());
  // 200 s: at 1, 2, 4, 8 and 16 s, and every 30 s from then on
  expect(probes.reduce((a, b) => a + b)).toBe(11);
  w.confirm(1, 1);
  // who was silent speaks again: the others, once the receipts that may be on their way have had their time
  expect(w.after(100)).toEqual([]);
  expect(w.after(200)).toEqual([2, 3, 4]);
});

test('where others are confirmed, a batch without a receipt is sent again with doubling waits', () => {
  const w = new World();
  w.delivery.connected();
  w.add(2);
  w.confirm(1, 1);
  w.look();
  const sentAt: number[] = [];
  for (let i = 0; i < 100; i++) {
    w.add(1);
    w.confirm(i + 3, i + 3);
    w.stored.delete(i + 3);
    w.stored.set(i + 3, { ...w.stored.get(2)!, id: -1 });
    w.look();
    if (w.after(100).includes(2)) sentAt.push(w.nowMs);
  }
  expect(sentAt).toEqual([1000, 3000, 7000]);
});

test('a batch that was dropped is not sent again, and its part of the window is free', () => {
  const w = new World(2);
  w.delivery.connected();
  w.add(4);
  expect(w.look()).toEqual([1, 2]);
  const dropped = w.stored.get(1)!;
  w.stored.delete(1);
  w.delivery.committed([dropped]);
  expect(w.look()).toEqual([3]);
});

test('an acknowledgement that the broker owes is told, and nothing is sent twice for it', () => {
  const w = new World();
  w.acknowledges = false;
  w.delivery.connected();
  w.add(1);
  w.look();
  w.nowMs += 40_000;
  expect(w.delivery.tick()).toBe(40_000);
  expect(w.look()).toEqual([]);
});

test('a broker that acknowledges while no receipt comes is seen, and over with the first receipt', () => {
  const w = new World();
  w.delivery.connected();
  expect(w.delivery.unansweredMs).toBe(0);
  w.add(3);
  w.after(40_000);
  expect(w.delivery.unansweredMs).toBe(40_000);
  w.confirm(1, 3);
  w.after(60_000);
  expect(w.delivery.unansweredMs).toBe(0);
  // a broker that acknowledges nothing is another matter: the connection is dead
  w.acknowledges = false;
  w.add(1);
  w.after(40_000);
  expect(w.delivery.unansweredMs).toBe(0);
});
