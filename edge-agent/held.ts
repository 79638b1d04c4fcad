/**
 * Outboxes belong to an identity: each site and device has a file of its own in the folder, and what waits in it goes
 * out under that name or not at all. An agent that is started under another name begins a file of its own; what the
 * others hold is said (log, status, metric) until it has been sent, by an agent of that name or by `drain`.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DevicePath, Logger } from '@loadcycle/contract';

const FORM = /^outbox\.([a-z0-9_-]+)\.([a-z0-9_-]+)\.db$/;
/** what the file was called before it had its device's name */
const UNNAMED = 'outbox.db';

/** No name has a dot in it, so that two devices never share a file. */
export const outboxFile = (folder: string, { site, device }: DevicePath): string =>
  join(folder, `outbox.${site}.${device}.db`);

/** A folder from before outboxes had names: whoever is started on it first is taken for its owner. */
export function adoptUnnamed(file: string, log: Logger): void {
  const unnamed = join(dirname(file), UNNAMED);
  if (existsSync(file) || !existsSync(unnamed)) return;
  try {
    const db = new DatabaseSync(unnamed);
    // what stands in the write-ahead log only would stay behind
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    renameSync(unnamed, file);
    log.warn({ file: basename(file) }, `${UNNAMED} had no name: taken for this device's`);
  } catch (err) {
    log.warn({ err }, `${unnamed} cannot be taken over`);
  }
}

interface Held extends DevicePath {
  readonly batches: number;
}

export class HeldOutboxes {
  readonly #file: string;
  readonly #log: Logger;
  #held: Held[] = [];
  #said = '';

  /** @param file this agent's own outbox; the others are beside it */
  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
    this.look();
  }

  get batches(): number {
    return this.#held.reduce((n, h) => n + h.batches, 0);
  }

  /** One line for the status; null where nothing waits. */
  get problem(): string | null {
    if (this.#held.length === 0) return null;
    const which = this.#held.map((h) => `${h.batches} of ${h.site}/${h.device}`).join(', ');
    return `batches of another name wait in the outbox folder: ${which}`;
  }

  /** Searches the folder again; says what has changed. An outbox that another agent has open is that agent's. */
  look(): void {
    const folder = dirname(this.#file);
    this.#held = readdirSync(folder).flatMap((name) => {
      const [, site, device] = FORM.exec(name) ?? [];
      if (site === undefined || device === undefined || name === basename(this.#file)) return [];
      const batches = waitingIn(join(folder, name));
      return batches > 0 ? [{ site, device, batches }] : [];
    });
    const names = this.#held.map((h) => `${h.site}/${h.device}`).join(' ');
    if (names === this.#said) return;
    this.#said = names;
    for (const { site, device, batches } of this.#held) {
      this.#log.warn(
        { code: 'outbox.held', site, device, batches },
        `${batches} batches of ${site}/${device} wait in ${folder}: they go out under that name only. Send them with ` +
          `"npm run agent -- drain --site ${site} --device ${device} --outbox-dir ${folder}" and that device's credentials`,
      );
    }
    if (this.#held.length === 0) this.#log.info({}, 'no batches of another name wait any more');
  }
}

/** 0 where another process has the file, or it is none of ours. */
function waitingIn(file: string): number {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    // seen to be free before its write-ahead log is read: an agent holds the lock as long as it runs
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    return db.prepare('SELECT count(*) AS n FROM batch').get()!['n'] as number;
  } catch {
    return 0;
  } finally {
    db?.close();
  }
}
