import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { silentLogger, toRanges } from '@loadcycle/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NewBatch, Outbox } from './outbox.ts';
import { openStore } from './store.ts';
import { removeFolder, temporaryFolder } from './test-support.ts';

/**
 * The outbox against a plain list. Every action is one that a device meets: batches come, receipts come (late, twice,
 * for what is gone), the process dies between commits or in the middle of one, and the disk is full.
 */

const LIMIT = 1_048_576;
const SIGNALS = ['v', 'i'] as const;

interface Plain {
  waiting: { signal: string; seq: number; size: number }[];
  next: Record<string, number>;
  dropped: number;
}

class Real {
  readonly #folders: string[] = [temporaryFolder()];
  db!: DatabaseSync;
  outbox!: Outbox;

  constructor() {
    this.open();
  }

  get folder(): string {
    return this.#folders.at(-1)!;
  }

  open(): void {
    this.db = openStore(join(this.folder, 'outbox.db'), silentLogger).db;
    this.outbox = new Outbox(this.db, LIMIT);
  }

  /** The files as they are at this moment: what a process that is killed now leaves behind. */
  snapshot(): string {
    const to = temporaryFolder();
    for (const name of ['outbox.db', 'outbox.db-wal']) {
      if (existsSync(join(this.folder, name))) copyFileSync(join(this.folder, name), join(to, name));
    }
    return to;
  }

  crashTo(folder: string): void {
    this.db.close();
    this.#folders.push(folder);
    this.open();
  }

  close(): void {
    this.db.close();
    for (const folder of this.#folders) removeFolder(folder);
  }
}

type Step = fc.Command<Plain, Real>;

const payloadOf = (signal: string, seq: number, size: number): Uint8Array =>
  new Uint8Array(size).fill((seq * 7 + signal.charCodeAt(0)) % 256);

/** Both hold the same batches in the same order, and the files keep to the limit. */
function agree(m: Plain, r: Real): void {
  const rows = r.outbox.after(0, 1e6, 1e12);
  expect(rows.map(({ signal, seq, size }) => ({ signal, seq, size }))).toEqual(m.waiting);
  for (const row of rows) expect(row.payload).toEqual(payloadOf(row.signal, row.seq, row.size));
  expect(r.outbox.batches).toBe(m.waiting.length);
  expect(r.outbox.bytes).toBe(m.waiting.reduce((n, b) => n + b.size, 0));
  expect(r.outbox.dropped).toBe(m.dropped);
  const files = readdirSync(r.folder).reduce((n, f) => n + statSync(join(r.folder, f)).size, 0);
  expect(files).toBeLessThanOrEqual(LIMIT);
}

function fresh(m: Plain, sizes: readonly number[]): { plain: Plain['waiting']; real: NewBatch[] } {
  const next = { ...m.next };
  const plain = sizes.map((size, i) => {
    const signal = SIGNALS[i % 2]!;
    const seq = next[signal] ?? 0;
    next[signal] = seq + 1;
    return { signal, seq, size };
  });
  const real = plain.map((b) => ({ ...b, session: 's', payload: payloadOf(b.signal, b.seq, b.size) }));
  return { plain, real };
}

/** Drops are the oldest, without a gap, and only happen where the room was needed. */
function takeIn(m: Plain, r: Real, sizes: readonly number[], fullDisk = false): void {
  const { plain, real } = fresh(m, sizes);
  const { added, dropped } = r.outbox.commit(real, []);
  for (const { signal, seq } of plain) m.next[signal] = seq + 1;
  const all = [...m.waiting, ...plain];
  expect(dropped.map((d) => `${d.signal}${d.seq}`)).toEqual(
    all.slice(0, dropped.length).map((b) => `${b.signal}${b.seq}`),
  );
  m.waiting = all.slice(dropped.length);
  m.dropped += dropped.length;
  const kept = Math.max(0, dropped.length - (all.length - plain.length));
  expect(added.map((a) => `${a.signal}${a.seq}`)).toEqual(
    plain.slice(kept).map((b) => `${b.signal}${b.seq}`),
  );
  // a disk that is full below the limit needs room whatever the limit says
  if (dropped.length > 0 && !fullDisk) {
    const needed =
      plain.reduce((n, b) => n + b.size + 8192, 0) + Math.max(...dropped.map((d) => d.size)) * 64;
    expect(r.outbox.diskBytes + needed).toBeGreaterThan(r.outbox.diskLimitBytes);
  }
}

const step = (name: string, run: (m: Plain, r: Real) => void): Step => ({
  check: () => true,
  run(m, r) {
    run(m, r);
    agree(m, r);
  },
  toString: () => name,
});

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 900, max: 60_000 })), {
  minLength: 1,
  maxLength: 12,
});

const steps = [
  sizes.map((s) => step(`append ${s}`, (m, r) => takeIn(m, r, s))),
  fc
    .tuple(fc.constantFrom(...SIGNALS), fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }))
    .map(([signal, seqs]) =>
      step(`receipt ${signal} ${seqs}`, (m, r) => {
        const named = m.waiting.filter((b) => b.signal === signal && seqs.includes(b.seq));
        const { removed } = r.outbox.commit([], [{ session: 's', signal, seqs: toRanges(seqs) }]);
        expect(removed).toBe(named.length);
        m.waiting = m.waiting.filter((b) => !named.includes(b));
      }),
    ),
  fc.constant(step('crash', (_, r) => r.crashTo(r.snapshot()))),
  fc.constant(
    step('stop and start', (_, r) => {
      r.db.close();
      r.open();
    }),
  ),
  sizes.map((s) =>
    step(`crash in the middle of ${s}`, (m, r) => {
      let left: string | null = null;
      r.db.function('killed', () => {
        left ??= r.snapshot();
        return 0;
      });
      r.db.exec('CREATE TEMP TRIGGER killed AFTER INSERT ON batch BEGIN SELECT killed(); END');
      r.outbox.commit(fresh(m, s).real, []);
      r.crashTo(left!);
    }),
  ),
  sizes.map((s) =>
    step(`full disk at ${s}`, (m, r) => {
      const pages = Object.values(r.db.prepare('PRAGMA page_count').get()!)[0] as number;
      const before = Object.values(r.db.prepare('PRAGMA max_page_count').get()!)[0] as number;
      r.db.exec(`PRAGMA max_page_count = ${pages}`);
      try {
        takeIn(m, r, s, true);
      } catch (error) {
        // refused: then nothing has changed, which `agree` looks at
        if ((error as { code?: string }).code !== 'outbox.full') throw error;
      }
      r.db.exec(`PRAGMA max_page_count = ${before}`);
    }),
  ),
];

test('random appends, receipts, crashes and full disks leave what a plain list says', () => {
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 40 }), (commands) => {
      const real = new Real();
      try {
        fc.modelRun(() => ({ model: { waiting: [], next: {}, dropped: 0 } as Plain, real }), commands);
      } finally {
        real.close();
      }
    }),
    { numRuns: 25 },
  );
});
