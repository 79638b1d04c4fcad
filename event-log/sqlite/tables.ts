import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { AppendBatch, CommittedRow, Opened, PartitionInfo, ReadRows } from './messages.ts';

interface Part extends PartitionInfo {
  retentionMs: number | null;
  insert: StatementSync;
  select: StatementSync;
  undo: StatementSync;
  oldest: StatementSync;
  remove: StatementSync;
}

const TRIM_STEP = 500;

/**
 * The log's tables, in the worker thread: one table for each partition (`records_<id>`: rowid = offset), so
 * that appending and trimming are both sequential. Every method is synchronous.
 */
export class Tables {
  readonly db: DatabaseSync;
  readonly #defaultRetentionMs: number | null;
  readonly #parts = new Map<number, Part>();
  #clockMs = 0;

  constructor(file: string, defaultRetentionMs: number | null) {
    this.#defaultRetentionMs = defaultRetentionMs;
    this.db = new DatabaseSync(file);
    this.db.exec(`
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -16000;
      CREATE TABLE IF NOT EXISTS identity (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), id TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS topic (name TEXT PRIMARY KEY, retention_ms INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS partition (
        id INTEGER PRIMARY KEY, topic TEXT NOT NULL, number INTEGER NOT NULL,
        first INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, number));
      CREATE TABLE IF NOT EXISTS committed (
        consumer_group TEXT, topic TEXT, partition INTEGER, next INTEGER NOT NULL,
        PRIMARY KEY (consumer_group, topic, partition)) WITHOUT ROWID;`);
    // a file from before there were identities is given one now
    this.db.prepare('INSERT OR IGNORE INTO identity VALUES (1, ?)').run(randomUUID());
    this.#load();
  }

  #load(): void {
    const rows = this.db
      .prepare(
        'SELECT p.id, p.topic, p.number, p.first, t.retention_ms FROM partition p JOIN topic t ON t.name = p.topic',
      )
      .all() as { id: number; topic: string; number: number; first: number; retention_ms: number | null }[];
    for (const row of rows) {
      if (this.#parts.has(row.id)) continue;
      const table = `records_${row.id}`;
      const { low, high, at } = this.db
        .prepare(`SELECT (SELECT min(offset) FROM ${table}) AS low, max(offset) AS high, at FROM ${table}`)
        .get() as { low: number | null; high: number | null; at: number | null };
      this.#clockMs = Math.max(this.#clockMs, at ?? 0);
      this.#parts.set(row.id, {
        id: row.id,
        topic: row.topic,
        partition: row.number,
        begin: low ?? row.first,
        end: high === null ? row.first : high + 1,
        retentionMs: row.retention_ms,
        insert: this.db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?)`),
        select: this.db.prepare(`SELECT * FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT ?`),
        undo: this.db.prepare(`DELETE FROM ${table} WHERE offset >= ?`),
        oldest: this.db.prepare(
          `SELECT max(offset) AS last FROM (SELECT offset, at FROM ${table} ORDER BY offset LIMIT ${TRIM_STEP}) WHERE at < ?`,
        ),
        remove: this.db.prepare(`DELETE FROM ${table} WHERE offset <= ?`),
      });
    }
  }

  opened(): Opened {
    const committed = this.db
      .prepare('SELECT consumer_group AS "group", topic, partition, next FROM committed')
      .all() as unknown as CommittedRow[];
    const { id } = this.db.prepare('SELECT id FROM identity').get() as { id: string };
    return { identity: id, partitions: this.partitions(), committed: committed.map((row) => ({ ...row })) };
  }

  partitions(): PartitionInfo[] {
    return [...this.#parts.values()].map(({ id, topic, partition, begin, end }) => ({
      id,
      topic,
      partition,
      begin,
      end,
    }));
  }

  ensure(
    topics: readonly { topic: string; partitions: number; retentionMs: number | null }[],
  ): PartitionInfo[] {
    this.#transaction(() => {
      for (const { topic, partitions, retentionMs } of topics) {
        const made = this.db.prepare('INSERT OR IGNORE INTO topic VALUES (?, ?)').run(topic, retentionMs);
        if (made.changes === 0) continue;
        for (let number = 0; number < partitions; number++) {
          const { lastInsertRowid: id } = this.db
            .prepare('INSERT INTO partition (topic, number) VALUES (?, ?)')
            .run(topic, number);
          this.db.exec(
            `CREATE TABLE records_${id} (offset INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, headers TEXT NOT NULL)`,
          );
        }
      }
    });
    this.#load();
    return this.partitions();
  }

  /** One transaction, one sync. Returns the first offset given in each partition. */
  write(
    batch: AppendBatch | null,
    committed: readonly CommittedRow[],
  ): { bases: [number, number][]; timestampMs: number } {
    // a clock that is set back must not let records grow younger along the log: retention reads it in order
    this.#clockMs = Math.max(this.#clockMs, Date.now());
    const ends = new Map<number, { base: number; end: number }>();
    this.#transaction(() => {
      let at = 0;
      for (let i = 0; batch !== null && i < batch.parts.length; i++) {
        const id = batch.parts[i]!;
        const part = this.#parts.get(id)!;
        let place = ends.get(id);
        if (place === undefined) ends.set(id, (place = { base: part.end, end: part.end }));
        const value = new Uint8Array(batch.values, at, batch.lengths[i]!);
        at += batch.lengths[i]!;
        part.insert.run(place.end++, this.#clockMs, batch.keys[i]!, value, batch.headers[i]!);
      }
      const set = this.db.prepare('INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)');
      for (const row of committed) set.run(row.group, row.topic, row.partition, row.next);
    });
    for (const [id, { end }] of ends) this.#parts.get(id)!.end = end;
    return { bases: [...ends].map(([id, { base }]) => [id, base]), timestampMs: this.#clockMs };
  }

  /** Takes the newest records away again, from these offsets on: nobody has been told of them. */
  undo(bases: readonly (readonly [id: number, base: number])[]): void {
    this.#transaction(() => {
      for (const [id, base] of bases) this.#parts.get(id)!.undo.run(base);
    });
    for (const [id, base] of bases) this.#parts.get(id)!.end = base;
  }

  read(id: number, next: number, maxRecords: number, maxBytes: number): ReadRows {
    const rows: { offset: number; at: number; key: string; value: Uint8Array; headers: string }[] = [];
    let bytes = 0;
    for (const row of this.#parts.get(id)!.select.iterate(next, maxRecords) as Iterable<
      (typeof rows)[number]
    >) {
      if (rows.length > 0 && bytes + row.value.byteLength > maxBytes) break;
      bytes += row.value.byteLength;
      rows.push(row);
    }
    const values = new Uint8Array(bytes);
    let at = 0;
    for (const { value } of rows) {
      values.set(value, at);
      at += value.byteLength;
    }
    return {
      offsets: Float64Array.from(rows, (r) => r.offset),
      timestampsMs: Float64Array.from(rows, (r) => r.at),
      keys: rows.map((r) => r.key),
      headers: rows.map((r) => r.headers),
      lengths: Uint32Array.from(rows, (r) => r.value.byteLength),
      values: values.buffer,
    };
  }

  /**
   * One short step of retention: at most {@link TRIM_STEP} records of each partition, first by age, then, while
   * the file is over its size, of the fullest partition. `more` says that another step is due.
   */
  trim(nowMs: number, maxBytes: number | null): { changed: { id: number; begin: number }[]; more: boolean } {
    const changed: { id: number; begin: number }[] = [];
    let more = false;
    this.#transaction(() => {
      for (const part of this.#parts.values()) {
        const keepMs = part.retentionMs ?? this.#defaultRetentionMs;
        if (keepMs !== null && this.#remove(part, nowMs - keepMs)) {
          changed.push({ id: part.id, begin: part.begin });
          more = true;
        }
      }
    });
    if (!more && maxBytes !== null && this.#usedBytes() > maxBytes) {
      const fullest = [...this.#parts.values()].reduce((a, b) => (b.end - b.begin > a.end - a.begin ? b : a));
      this.#transaction(() => {
        if (this.#remove(fullest, Number.MAX_SAFE_INTEGER)) {
          changed.push({ id: fullest.id, begin: fullest.begin });
          more = true;
        }
      });
    }
    return { changed, more };
  }

  #remove(part: Part, beforeMs: number): boolean {
    const { last } = part.oldest.get(beforeMs) as { last: number | null };
    if (last === null) return false;
    part.remove.run(last);
    this.db.prepare('UPDATE partition SET first = ? WHERE id = ?').run(last + 1, part.id);
    part.begin = last + 1;
    return true;
  }

  #usedBytes(): number {
    const one = (sql: string): number => Object.values(this.db.prepare(sql).get()!)[0] as number;
    return (one('PRAGMA page_count') - one('PRAGMA freelist_count')) * one('PRAGMA page_size');
  }

  #transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.db.close();
  }
}
