import { DatabaseSync } from 'node:sqlite';
import type { LogRecord, Position } from '@loadcycle/event-log';

/**
 * A store that several worker processes share, as the services share the database: work and offset in one
 * transaction, which is refused where the offset is not the one that is expected.
 */
export class SharedStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 20_000 });
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS consumer_offset (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS work (partition INTEGER, "offset" INTEGER, id TEXT, worker TEXT);
      CREATE TABLE IF NOT EXISTS refusal (worker TEXT);
      CREATE INDEX IF NOT EXISTS work_id ON work (id);`);
  }

  positions(topic: string): Position[] {
    const rows = this.#db.prepare('SELECT partition, next FROM consumer_offset').all();
    return rows.map((r) => ({ topic, partition: Number(r.partition), next: Number(r.next) }));
  }

  /** False where another worker has done it already: nothing is written then. */
  take(worker: string, records: readonly LogRecord[]): boolean {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const next = this.#db.prepare('SELECT next FROM consumer_offset WHERE partition = ?');
      const insert = this.#db.prepare('INSERT INTO work VALUES (?, ?, ?, ?)');
      const move = this.#db.prepare('INSERT OR REPLACE INTO consumer_offset VALUES (?, ?)');
      for (const { partition, offset, value } of records) {
        const expected = Number(next.get(partition)?.next ?? 0);
        if (expected !== offset) {
          this.#db.exec('ROLLBACK');
          this.#db.prepare('INSERT INTO refusal VALUES (?)').run(worker);
          return false;
        }
        insert.run(partition, offset, new TextDecoder().decode(value), worker);
        move.run(partition, offset + 1);
      }
      this.#db.exec('COMMIT');
      return true;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #count(sql: string, ...values: string[]): number {
    return Number(Object.values(this.#db.prepare(sql).get(...values)!)[0]);
  }

  get done(): number {
    return this.#count('SELECT count(*) FROM work');
  }

  doneBy(worker: string): number {
    return this.#count('SELECT count(*) FROM work WHERE worker = ?', worker);
  }

  refusals(worker: string): number {
    return this.#count('SELECT count(*) FROM refusal WHERE worker = ?', worker);
  }

  get ids(): Set<string> {
    return new Set(
      this.#db
        .prepare('SELECT DISTINCT id FROM work')
        .all()
        .map((r) => String(r.id)),
    );
  }

  /** Records of the log that were worked on more than once. */
  get doubled(): number {
    return this.#count('SELECT count(*) - count(DISTINCT partition || \'/\' || "offset") FROM work');
  }

  close(): void {
    this.#db.close();
  }
}
