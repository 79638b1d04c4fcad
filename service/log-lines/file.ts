import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { PRIVATE_FILE } from '../files.ts';

export interface LogFileOptions {
  readonly path: string;
  /** bytes at which it becomes `path.1`, and that one `path.2` … */
  readonly maxBytes: number;
  /** how many of those are kept; 0 keeps none */
  readonly keep: number;
}

const LOOK_EVERY_MS = 1_000;

/**
 * A file of lines that rotates by size, for its user alone (0600). One that was deleted or moved away (logrotate) is
 * opened anew within a second. A line that can't be written (a full disk) is lost: a log must not stop the work.
 */
export class LogFile {
  readonly #o: LogFileOptions;
  #fd: number;
  #bytes: number;
  #lookedAt = 0;

  /** Throws where the file can't be opened. */
  constructor(options: LogFileOptions) {
    this.#o = options;
    ({ fd: this.#fd, bytes: this.#bytes } = this.#open());
  }

  #open(): { fd: number; bytes: number } {
    mkdirSync(dirname(this.#o.path), { recursive: true });
    const fd = openSync(this.#o.path, 'a', PRIVATE_FILE);
    return { fd, bytes: fstatSync(fd).size };
  }

  write(line: string): void {
    try {
      this.#look();
      if (this.#bytes > 0 && this.#bytes + line.length > this.#o.maxBytes) this.#rotate();
      this.#bytes += writeSync(this.#fd, line);
    } catch {
      // there is nowhere to say so
    }
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const there = statSync(this.#o.path, { throwIfNoEntry: false });
    if (there?.ino === fstatSync(this.#fd).ino) return;
    this.#reopen();
  }

  #reopen(): void {
    const next = this.#open();
    closeSync(this.#fd);
    this.#fd = next.fd;
    this.#bytes = next.bytes;
  }

  #rotate(): void {
    const { path, keep } = this.#o;
    const nth = (n: number): string => (n === 0 ? path : `${path}.${n}`);
    rmSync(nth(keep), { force: true });
    for (let n = keep - 1; n >= 0; n--) {
      if (statSync(nth(n), { throwIfNoEntry: false }) !== undefined) renameSync(nth(n), nth(n + 1));
    }
    this.#reopen();
  }
}
