/**
 * The outbox: every batch between the moment it is complete and the moment the log has it.
 *
 * What always holds
 * - A batch that `commit` has returned is on disk: one transaction, one sync, however many batches and signals.
 * - A stored payload never changes: what is sent again is the same bytes.
 * - A batch leaves in two ways only: a receipt names it, or the disk limit drops it. Drops are counted on disk, in
 *   the same transaction, and take the oldest first; the hole in the batch's sequence shows them downstream.
 * - The files never take more than `limitBytes`: the database has a hard cap on its pages, and what the write-ahead
 *   log needs is set aside from the limit. Pages that become free are used again, so a full outbox does not grow.
 * - Order is the order of `commit`: ids ascend, within one process and over restarts as long as something waits.
 *
 * On disk: `stream` gives (session, signal) a small number; `batch` has a row for each batch, ordered by id, with a
 * unique index on its name that also holds its size, so that opening a day's backlog counts without reading it.
 *
 * Removal by receipt travels with the next commit instead of a sync of its own: losing it in a crash only means that
 * a batch is sent again, and downstream knows it by its name.
 *
 * The limit is the smaller one of what was set and what the disk has room for, measured now and then. Where the disk
 * is fuller than that all at once, SQLite says so as it does at the limit, and the oldest go as well; when even
 * that does not help (dropping itself needs room in the write-ahead log), `commit` throws `outbox.full`, nothing has
 * changed, and the caller keeps what it has.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LoadcycleError, type SeqRanges } from '@loadcycle/contract';
import { inTransaction, SQLITE, sqliteCode } from './store.ts';

export interface BatchName {
  readonly session: string;
  readonly signal: string;
  readonly seq: number;
}

export interface NewBatch extends BatchName {
  readonly payload: Uint8Array;
}

/** A batch that waits for its receipt. */
export interface Waiting extends BatchName {
  readonly id: number;
  readonly size: number;
}

/** What a receipt says: these batches of one session and signal are in the log. */
export interface Confirmation {
  readonly session: string;
  readonly signal: string;
  readonly seqs: Readonly<SeqRanges>;
}

export interface CommitResult {
  readonly added: Waiting[];
  /** batches removed because a receipt named them */
  readonly removed: number;
  /** batches dropped, oldest first, because the disk limit was reached */
  readonly dropped: Waiting[];
}

interface Row {
  id: number;
  stream: number;
  seq: number;
  size: number;
}

const LEAST_LIMIT_BYTES = 1_048_576;
/** Pages of an empty database, and of the trees as they are filled. */
const TREE_PAGES = 12;

export class Outbox {
  readonly #db: DatabaseSync;
  readonly #pageSize: number;
  readonly #limitBytes: number;
  readonly #roomBytes: () => number;
  #pages = 0;
  readonly #streams = new Map<number, { session: string; signal: string }>();
  readonly #streamIds = new Map<string, number>();
  readonly #sql: Record<
    'insert' | 'remove' | 'dropOldest' | 'payload' | 'after' | 'addStream' | 'setDropped',
    StatementSync
  >;
  #nextId: number;
  #batches = 0;
  #bytes = 0;
  #dropped = 0;

  /**
   * @param limitBytes most that the files may take
   * @param roomBytes what they could take on the disk as it is at this moment; asked at each {@link measureDisk}
   */
  constructor(
    db: DatabaseSync,
    limitBytes: number,
    roomBytes: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#db = db;
    this.#limitBytes = limitBytes;
    this.#roomBytes = roomBytes;
    this.#pageSize = this.#pragma('page_size');
    this.measureDisk();
    this.#sql = {
      insert: db.prepare('INSERT INTO batch (id, stream, seq, size, payload) VALUES (?, ?, ?, ?, ?)'),
      remove: db.prepare('DELETE FROM batch WHERE stream = ? AND seq BETWEEN ? AND ? RETURNING size'),
      dropOldest: db.prepare(
        'DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE id < ? ORDER BY id LIMIT ?) RETURNING id, stream, seq, size',
      ),
      payload: db.prepare('SELECT payload FROM batch WHERE id = ?'),
      after: db.prepare('SELECT id, stream, seq, size, payload FROM batch WHERE id > ? ORDER BY id LIMIT ?'),
      addStream: db.prepare('INSERT INTO stream (session, signal) VALUES (?, ?) RETURNING id'),
      setDropped: db.prepare("INSERT OR REPLACE INTO state (key, value) VALUES ('dropped', ?)"),
    };
    this.#forgetEmptyStreams();
    for (const s of db.prepare('SELECT id, session, signal FROM stream').all()) {
      this.#remember(s['id'] as number, s['session'] as string, s['signal'] as string);
    }
    const all = db.prepare('SELECT count(*) AS n, coalesce(sum(size), 0) AS bytes FROM batch').get()!;
    this.#batches = all['n'] as number;
    this.#bytes = all['bytes'] as number;
    this.#nextId = ((db.prepare('SELECT max(id) AS id FROM batch').get()!['id'] as number | null) ?? 0) + 1;
    this.#dropped = Number(db.prepare("SELECT value FROM state WHERE key = 'dropped'").get()?.['value'] ?? 0);
  }

  /** The id of the newest batch; 0 where there never was one. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Batches that wait. */
  get batches(): number {
    return this.#batches;
  }

  /** Payload bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Batches dropped since the device's data folder was made. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Bytes of the database in use by what waits; free pages within the file do not count. */
  get diskBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pageSize;
  }

  /** What {@link diskBytes} may come to. */
  get diskLimitBytes(): number {
    return this.#pages * this.#pageSize;
  }

  /** Takes the smaller of the limit and what the disk has room for: others may have filled it since. */
  measureDisk(): void {
    const limit = Math.max(Math.min(this.#limitBytes, this.#roomBytes()), LEAST_LIMIT_BYTES);
    const walBytes = Math.min(16 * 1_048_576, limit / 2);
    const pages = Math.floor((limit - walBytes) / this.#pageSize);
    // a disk is never quite still: small changes are none
    if (Math.abs(pages - this.#pages) * 50 < this.#pages) return;
    this.#pages = pages;
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${Math.max(16, Math.floor(walBytes / this.#pageSize / 4))}`);
    this.#db.exec(`PRAGMA journal_size_limit = ${Math.floor(walBytes)}`);
    // a few pages more than batches may use: the device's own state must still fit into a full outbox
    this.#db.exec(`PRAGMA max_page_count = ${pages + 8}`);
  }

  /**
   * Puts new batches on disk and takes confirmed ones off, in one transaction with one sync.
   * Throws `outbox.full` where a full disk leaves no room even after dropping, `outbox.broken` for anything else.
   */
  commit(fresh: readonly NewBatch[], confirmed: readonly Confirmation[]): CommitResult {
    let makeRoom = 0;
    for (;;) {
      try {
        return this.#tryCommit(fresh, confirmed, makeRoom);
      } catch (error) {
        const full = sqliteCode(error) === SQLITE.full;
        // the estimate of pages was short, or the disk is fuller than the limit: again, with twice the room
        makeRoom = Math.max(16, makeRoom * 2);
        if (full && makeRoom <= 4096 && this.#batches > 0) continue;
        throw new LoadcycleError(
          full ? 'outbox.full' : 'outbox.broken',
          `outbox: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    }
  }

  #tryCommit(fresh: readonly NewBatch[], confirmed: readonly Confirmation[], makeRoom: number): CommitResult {
    const before = {
      nextId: this.#nextId,
      batches: this.#batches,
      bytes: this.#bytes,
      dropped: this.#dropped,
    };
    const newStreams: number[] = [];
    try {
      return inTransaction(this.#db, () => {
        const removed = this.#remove(confirmed);
        const tooMany = this.#tooMany(fresh);
        const dropped = this.#makeRoom(this.#pagesFor(fresh.slice(tooMany)), makeRoom);
        for (const batch of fresh.slice(0, tooMany)) dropped.push(this.#refuse(batch));
        const added = fresh.slice(tooMany).map((batch) => this.#insert(batch, newStreams));
        // where the estimate was short even for an empty outbox, this commit's own oldest go
        while (this.#usedPages() > this.#pages && this.#batches > 0) dropped.push(...this.#drop(1));
        if (dropped.length > 0) this.#sql.setDropped.run(String(this.#dropped));
        return { added: added.filter((a) => !dropped.some((d) => d.id === a.id)), removed, dropped };
      });
    } catch (error) {
      this.#nextId = before.nextId;
      this.#batches = before.batches;
      this.#bytes = before.bytes;
      this.#dropped = before.dropped;
      for (const id of newStreams) this.#forget(id);
      throw error;
    }
  }

  /** The next batches after `id`, oldest first: at most `count`, and `bytes` of payload (but always one). */
  after(id: number, count: number, bytes: number): (Waiting & { payload: Uint8Array })[] {
    const found: (Waiting & { payload: Uint8Array })[] = [];
    let total = 0;
    for (const row of this.#sql.after.iterate(id, count)) {
      total += row['size'] as number;
      if (total > bytes && found.length > 0) break;
      found.push({ ...this.#waiting(row as unknown as Row), payload: row['payload'] as Uint8Array });
    }
    return found;
  }

  /** The bytes of one batch, or null where it is no longer there. */
  payload(id: number): Uint8Array | null {
    return (this.#sql.payload.get(id)?.['payload'] as Uint8Array | undefined) ?? null;
  }

  /** Gives the room of a drained backlog back to the disk. Cheap, as there is nothing to move. */
  shrink(overBytes = 64 * 1_048_576): void {
    if (this.#batches > 0 || this.#pragma('page_count') * this.#pageSize < overBytes) return;
    this.#db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #pragma(name: string): number {
    return Object.values(this.#db.prepare(`PRAGMA ${name}`).get()!)[0] as number;
  }

  #usedPages(): number {
    return this.#pragma('page_count') - this.#pragma('freelist_count');
  }

  /** An upper estimate: the payload's pages, and one for the tree that holds them. */
  #pagesFor(fresh: readonly NewBatch[]): number {
    return fresh.reduce((n, b) => n + Math.ceil((b.payload.byteLength + 64) / (this.#pageSize - 64)), 2);
  }

  /** How many of a commit's own batches, oldest first, would not even fit into an empty outbox. */
  #tooMany(fresh: readonly NewBatch[]): number {
    let n = 0;
    while (n < fresh.length && this.#pagesFor(fresh.slice(n)) + TREE_PAGES > this.#pages) n++;
    return n;
  }

  #makeRoom(pages: number, least: number): Waiting[] {
    const dropped = least > 0 ? this.#drop(least) : [];
    let step = 1;
    while (this.#batches > 0 && this.#usedPages() + pages > this.#pages) {
      dropped.push(...this.#drop(step));
      step = Math.min(step * 2, 64);
    }
    return dropped;
  }

  #drop(count: number): Waiting[] {
    const rows = this.#sql.dropOldest.all(this.#nextId, count) as unknown as Row[];
    rows.sort((a, b) => a.id - b.id);
    for (const row of rows) this.#bytes -= row.size;
    this.#batches -= rows.length;
    this.#dropped += rows.length;
    return rows.map((row) => this.#waiting(row));
  }

  #remove(confirmed: readonly Confirmation[]): number {
    let removed = 0;
    for (const { session, signal, seqs } of confirmed) {
      const stream = this.#streamIds.get(`${session}/${signal}`);
      if (stream === undefined) continue;
      for (const [from, to] of seqs) {
        for (const row of this.#sql.remove.all(stream, from, to)) {
          this.#bytes -= row['size'] as number;
          removed++;
        }
      }
    }
    this.#batches -= removed;
    return removed;
  }

  #insert(batch: NewBatch, newStreams: number[]): Waiting {
    const { session, signal, seq, payload } = batch;
    const stream = this.#stream(session, signal, newStreams);
    const id = this.#nextId++;
    this.#sql.insert.run(id, stream, seq, payload.byteLength, payload);
    this.#batches++;
    this.#bytes += payload.byteLength;
    return { id, session, signal, seq, size: payload.byteLength };
  }

  /** A batch that never gets in, counted like one that was dropped. */
  #refuse({ session, signal, seq, payload }: NewBatch): Waiting {
    this.#dropped++;
    return { id: this.#nextId++, session, signal, seq, size: payload.byteLength };
  }

  #waiting({ id, stream, seq, size }: Row): Waiting {
    return { id, ...this.#streams.get(stream)!, seq, size };
  }

  #stream(session: string, signal: string, newStreams: number[]): number {
    const known = this.#streamIds.get(`${session}/${signal}`);
    if (known !== undefined) return known;
    const id = this.#sql.addStream.get(session, signal)!['id'] as number;
    this.#remember(id, session, signal);
    newStreams.push(id);
    return id;
  }

  #remember(id: number, session: string, signal: string): void {
    this.#streams.set(id, { session, signal });
    this.#streamIds.set(`${session}/${signal}`, id);
  }

  #forget(id: number): void {
    const s = this.#streams.get(id)!;
    this.#streams.delete(id);
    this.#streamIds.delete(`${s.session}/${s.signal}`);
  }

  /** Sessions that are over and fully confirmed leave nothing behind. */
  #forgetEmptyStreams(): void {
    this.#db.exec('DELETE FROM stream WHERE NOT EXISTS (SELECT 1 FROM batch WHERE batch.stream = stream.id)');
  }
}
