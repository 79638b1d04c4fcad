import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { silentLogger } from '@loadcycle/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NewBatch, Outbox } from './outbox.ts';
import { openStore, roomOnDisk } from './store.ts';
import { removeFolder, temporaryFolder } from './test-support.ts';

let folder: string;
let db: DatabaseSync;

const open = (limitBytes = 64 * 1_048_576): Outbox => {
  ({ db } = openStore(join(folder, 'outbox.db'), silentLogger));
  return new Outbox(db, limitBytes);
};

const batch = (seq: number, size = 800, signal = 'v', session = 's'): NewBatch => ({
  session,
  signal,
  seq,
  payload: new Uint8Array(size).fill(seq % 256),
});

const filesBytes = (): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0);

beforeEach(() => {
  folder = temporaryFolder();
});

afterEach(() => {
  db.close();
  removeFolder(folder);
});

test('what waits is there again after a restart, in its order, with its bytes', () => {
  const outbox = open();
  outbox.commit([batch(0), batch(1), batch(0, 50, 'i')], []);
  outbox.commit([batch(2)], [{ session: 's', signal: 'v', seqs: [[1, 1]] }]);
  db.close();
  const again = open();
  expect(again).toMatchObject({ batches: 3, bytes: 1650, dropped: 0 });
  const rows = again.after(0, 10, 1e9);
  expect(rows.map((r) => `${r.signal}${r.seq}`)).toEqual(['v0', 'i0', 'v2']);
  expect(rows[2]!.payload).toEqual(batch(2).payload);
  // ids go on: the order of a new batch is after those that wait
  expect(again.commit([batch(3)], []).added[0]!.id).toBeGreaterThan(rows[2]!.id);
});

test('a receipt may name far more than there is, and others', () => {
  const outbox = open();
  outbox.commit([batch(5), batch(6)], []);
  const all: [number, number][] = [[0, Number.MAX_SAFE_INTEGER]];
  expect(outbox.commit([], [{ session: 'other', signal: 'v', seqs: all }]).removed).toBe(0);
  expect(outbox.commit([], [{ session: 's', signal: 'v', seqs: all }]).removed).toBe(2);
  expect(outbox).toMatchObject({ batches: 0, bytes: 0 });
});

test('at the limit the oldest go, the count stays on disk, and the files stay within the limit', () => {
  const limit = 2 * 1_048_576;
  let outbox = open(limit);
  let dropped = 0;
  for (let seq = 0; seq < 2000; seq += 10) {
    const ten = Array.from({ length: 10 }, (_, i) => batch(seq + i, 3000));
    const result = outbox.commit(ten, []);
    for (const d of result.dropped) expect(d.seq).toBe(dropped++);
    if (seq % 200 === 0) expect(filesBytes()).toBeLessThanOrEqual(limit);
  }
  expect(dropped).toBeGreaterThan(1000);
  expect(outbox.batches + dropped).toBe(2000);
  expect(filesBytes()).toBeLessThanOrEqual(limit);
  // nearly all of its share of the limit is used: the freed pages were taken again
  expect(outbox.diskBytes).toBeGreaterThan(0.9 * outbox.diskLimitBytes);
  expect(outbox.after(0, 1, 1)[0]!.seq).toBe(dropped);
  db.close();
  outbox = open(limit);
  expect(outbox.dropped).toBe(dropped);
});

test('a batch that is larger than the whole outbox is dropped, and the next one is taken', () => {
  const outbox = open(1_048_576);
  const { added, dropped } = outbox.commit([batch(0, 900_000)], []);
  expect({ added, dropped: dropped.map((d) => d.seq) }).toEqual({ added: [], dropped: [0] });
  expect(outbox.commit([batch(1)], []).added).toHaveLength(1);
});

test('a disk that takes nothing any more changes nothing, and says so', () => {
  const outbox = open();
  db.exec('PRAGMA max_page_count = 1');
  expect(() => outbox.commit([batch(0, 500_000)], [])).toThrow(
    expect.objectContaining({ code: 'outbox.full' }),
  );
  expect(outbox).toMatchObject({ batches: 0, bytes: 0, dropped: 0 });
  db.exec('PRAGMA max_page_count = 10000');
  expect(outbox.commit([batch(0, 500_000)], []).added).toHaveLength(1);
});

test('a drained backlog gives its room back to the disk', () => {
  const outbox = open();
  for (let seq = 0; seq < 100; seq++) outbox.commit([batch(seq, 20_000)], []);
  outbox.commit([], [{ session: 's', signal: 'v', seqs: [[0, 99]] }]);
  expect(filesBytes()).toBeGreaterThan(2_000_000);
  outbox.shrink(1_000_000);
  expect(filesBytes()).toBeLessThan(500_000);
  expect(outbox.commit([batch(100)], []).added).toHaveLength(1);
});

test('a read takes as many batches as fit, and at least one', () => {
  const outbox = open();
  outbox.commit([batch(0, 1000), batch(1, 1000), batch(2, 1000)], []);
  expect(outbox.after(0, 10, 2500)).toHaveLength(2);
  expect(outbox.after(0, 10, 1)).toHaveLength(1);
  expect(outbox.after(0, 1, 1e9)).toHaveLength(1);
});

test('a disk that others have filled is a lower limit, and a higher one again when they have gone', () => {
  let room = 64 * 1_048_576;
  ({ db } = openStore(join(folder, 'outbox.db'), silentLogger));
  const outbox = new Outbox(db, 32 * 1_048_576, () => room);
  const whole = outbox.diskLimitBytes;
  outbox.commit(
    Array.from({ length: 300 }, (_, i) => batch(i, 12_000)),
    [],
  );
  room = 2 * 1_048_576;
  outbox.measureDisk();
  const { dropped } = outbox.commit([batch(300, 12_000)], []);
  expect(dropped[0]!.seq).toBe(0);
  expect(outbox.diskBytes).toBeLessThanOrEqual(outbox.diskLimitBytes);
  expect(outbox.after(0, 1000, 1e9).at(-1)!.seq).toBe(300);
  room = 64 * 1_048_576;
  outbox.measureDisk();
  expect(outbox.diskLimitBytes).toBe(whole);
});

test('what a store could take on its disk counts what it takes already', () => {
  open().commit([batch(0, 500_000)], []);
  expect(roomOnDisk(join(folder, 'outbox.db'))).toBeGreaterThan(filesBytes());
});
