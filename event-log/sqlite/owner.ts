import { join } from 'node:path';
import { EVENTS, LogFiles } from './files.ts';
import type { AppendBatch, CommittedRow, FilesNews, Replies, WorkerSettings } from './messages.ts';
import { Tables } from './tables.ts';

/** Why a write was refused: what it wrote would not have outlived the process. */
export class FilesDeleted extends Error {}

/** The log's file and its folder, in the worker thread: nothing is called durable that stands in a deleted file. */
export class Owner {
  readonly #settings: WorkerSettings;
  readonly #tell: (news: FilesNews) => void;
  readonly #files: LogFiles;
  tables: Tables;
  #lost: string | null = null;

  constructor(settings: WorkerSettings, tell: (news: FilesNews) => void) {
    this.#settings = settings;
    this.#tell = tell;
    this.#files = new LogFiles(settings.folder);
    this.tables = this.#open();
  }

  #open(): Tables {
    const tables = new Tables(join(this.#settings.folder, EVENTS), this.#settings.retentionMs);
    this.#files.remember();
    return tables;
  }

  /** Looks whether the files are there, and puts them back where they are not. False: that did not work. */
  check(): boolean {
    const names = this.#files.deleted();
    if (names.length === 0) return true;
    const from = performance.now();
    if (this.#lost === null) this.#tell({ state: 'deleted', names });
    try {
      this.#files.putBack(this.tables.db);
      this.tables = this.#open();
      this.#lost = null;
      this.#tell({ state: 'put-back', tookMs: performance.now() - from });
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (this.#lost !== message) this.#tell({ state: 'lost', message });
      this.#lost = message;
      return false;
    }
  }

  write(batch: AppendBatch | null, committed: readonly CommittedRow[]): Omit<Replies['write'], 'values'> {
    // tried again by the next look, not for each append: a copy takes as long as the log is large
    if (this.#lost !== null) throw new FilesDeleted(this.#lost);
    const from = performance.now();
    const written = this.tables.write(batch, committed);
    if (!this.check()) {
      this.tables.undo(written.bases);
      throw new FilesDeleted(this.#lost!);
    }
    return { ...written, tookMs: performance.now() - from };
  }

  close(): void {
    this.tables.close();
    this.#files.close();
  }
}
