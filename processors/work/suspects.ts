/**
 * A record is poison where it fails alone, whatever with. This is how a `LogWorker` finds it:
 *
 * - A group that failed is tried again in halves, down to one record, once a probe has shown that the store is well.
 *   While the probe fails it is the store's failure: nothing is held against a record, and the worker waits.
 * - A record that fails alone is tried `tries` times with back-off, then it is quarantined with its last error
 *   (`message.poison`). A sender of which a record was quarantined lately is tried once, each record by itself.
 * - What a try kills (the store, its thread, this process) it cannot count afterwards, so tries of suspects are
 *   written down before (`attempts.ts`). A worker that starts, or has just found poison, begins with single records and
 *   grows its groups, writing each try down until the groups are large: so the restarts of a process that one
 *   record kills come nearer to it with each, and then count against it: what was under way at the end is tried
 *   again in eighths.
 */
import { LoadcycleError, type Logger } from '@loadcycle/contract';
import { sqlState } from '@loadcycle/database/errors';
import type { Database, Queryable } from '@loadcycle/database/port';
import type { LogRecord, Position, TopicPartition } from '@loadcycle/event-log/port';
import { Attempts } from './attempts.ts';
import { type Group, halves, quarantined, split } from './group.ts';
import type { LogWork } from './log-work.ts';
import { type Move, partitionKey } from './offsets.ts';

export const POISON_TRIES_HELP =
  'tries of a message that fails alone while the store is well, before it is quarantined';

export interface SuspectsOptions<P> {
  readonly database: Database;
  readonly log: Logger;
  readonly work: LogWork<P>;
  /** of a record that fails alone */
  readonly tries: number;
  /** records of the first group at most; default 1: what they hold may be what kills the process, and is found out by few at a time */
  readonly firstGroup?: number | undefined;
}

/** Groups of as many records or more are not written down before they are tried. */
const TRUSTED = 1_000;
const GROWTH = 8;
/** A sender is watched for so long after a record of its was quarantined. */
const WATCH_MS = 600_000;
const MOST_WATCHED = 1_000;
/** A transaction that has failed before, or a probe, gets less time than others. */
export const SUSPECT_TIMEOUT_MS = 20_000;

class Undo extends Error {}

export class Suspects<P> {
  readonly #o: SuspectsOptions<P>;
  readonly #attempts: Attempts;
  /** records of the next group at most */
  #most: number;
  /** by partition: up to here groups do not grow */
  readonly #doubted = new Map<string, number>();
  /** by sender: until when, ms of the monotonic clock */
  readonly #watched = new Map<string, number>();

  constructor(options: SuspectsOptions<P>) {
    this.#o = options;
    this.#attempts = new Attempts(options.database, options.work.name);
    this.#most = options.firstGroup ?? 1;
  }

  get mostRecords(): number {
    return this.#most;
  }

  /** Each group is written down before it is tried. */
  get careful(): boolean {
    return this.#most < TRUSTED;
  }

  /** Partitions are this member's now: what another one, or this one before a restart, left unfinished is doubted. */
  async assigned(partitions: readonly TopicPartition[], stored: readonly Position[]): Promise<void> {
    this.#doubted.clear();
    const unfinished = await this.#attempts.unfinished(partitions, stored);
    this.#most = unfinished.size === 0 ? (this.#o.firstGroup ?? 1) : TRUSTED;
    for (const [key, { from, to }] of unfinished) {
      this.#doubted.set(key, to);
      this.#most = Math.max(1, Math.min(this.#most, Math.floor((to - from + 1) / GROWTH)));
    }
  }

  /** A group as it was polled; records of a watched sender go by themselves. */
  separated(group: Group<P>): Group<P>[] {
    if (this.#watched.size === 0 || group.records.length === 1) return [group];
    const parts: LogRecord[][] = [];
    let open = false;
    for (const record of group.records) {
      const alone = this.#isWatched(record);
      if (alone || !open) parts.push([record]);
      else parts.at(-1)!.push(record);
      open = !alone;
    }
    return parts.length === 1 ? [group] : split(group, parts);
  }

  /** Before each try. The group to try: itself, or its one record to be quarantined, where its tries are used up. */
  async begin(group: Group<P>): Promise<Group<P>> {
    if (!this.#isCareful(group) || group.rejected.size > 0) return group;
    const attempts = await this.#attempts.begin(group.records, group.excused === true);
    group.excused = false;
    if (group.records.length > 1) return group;
    const tries = this.#isWatched(group.records[0]!) ? 1 : this.#o.tries;
    if (attempts <= tries) return group;
    return this.#quarantine(group, attempts - 1);
  }

  #isCareful(group: Group<P>): boolean {
    return group.suspect === true || this.careful;
  }

  /** In the transaction of a group. */
  async end(tx: Queryable, group: Group<P>): Promise<void> {
    if (this.#isCareful(group)) await this.#attempts.end(tx, group.moves);
  }

  /** A group is committed. */
  passed(moves: readonly Move[]): void {
    for (const m of moves) {
      const key = partitionKey(m);
      if ((this.#doubted.get(key) ?? Number.POSITIVE_INFINITY) < m.next) this.#doubted.delete(key);
    }
    if (this.#doubted.size === 0) this.#most = Math.min(this.#most * GROWTH, Number.MAX_SAFE_INTEGER);
  }

  /**
   * What takes the place of a group that failed with something that may be its own fault. Throws what the probe met
   * where the store is not well: then the group stays as it is.
   */
  async weigh(group: Group<P>): Promise<Group<P>[]> {
    const { log, work } = this.#o;
    const { records, failure } = group;
    try {
      await this.#probe();
    } catch (error) {
      // a store that died may have died of the record; one that refuses the probe alike refuses everybody
      const state = sqlState(error);
      group.excused = state !== null && !/^(08|57)/.test(state) && state === sqlState(failure);
      throw error;
    }
    if (records.length === 1) {
      group.suspect = true;
      return [group];
    }
    log.warn(
      { consumer: work.name, records: records.length, err: failure },
      `${work.name}: ${records.length} records failed together while the store is well; trying them in halves`,
    );
    return halves(group).map((half) => ({ ...half, suspect: true, failure: undefined }));
  }

  /** A transaction that changes nothing: of this consumer's own tables first, then of all that the work writes to. */
  async #probe(): Promise<void> {
    const { database, work } = this.#o;
    await database
      .transaction(
        async (tx) => {
          await tx.query('UPDATE consumer_offset SET moved_at = moved_at WHERE consumer = $1', [work.name]);
          await work.probe?.(tx);
          throw new Undo();
        },
        { priority: 'write', timeoutMs: SUSPECT_TIMEOUT_MS },
      )
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
  }

  #quarantine(group: Group<P>, attempts: number): Group<P> {
    const { log, work } = this.#o;
    const record = group.records[0]!;
    const { lastError: error } = group;
    const state = error === undefined ? null : sqlState(error);
    const what = error?.message ?? 'the store or the process ended';
    const reason = new LoadcycleError(
      'message.poison',
      `${work.name} tried this message alone ${attempts} times; at last: ${what}${state === null || what.includes(state) ? '' : ` (${state})`}`,
      { pointer: '', cause: error, hint: 'find what is wrong with it, then replay it' },
    );
    const { topic, partition, offset, key } = record;
    log.error(
      { code: reason.code, topic, partition, offset, key, err: error },
      `${work.name}: ${reason.message}`,
    );
    this.#watch(record);
    this.#most = 1;
    return quarantined(group, reason);
  }

  #watch(record: LogRecord): void {
    const sender = senderOf(record);
    this.#watched.delete(sender);
    this.#watched.set(sender, performance.now() + WATCH_MS);
    if (this.#watched.size > MOST_WATCHED) this.#watched.delete(this.#watched.keys().next().value!);
  }

  #isWatched(record: LogRecord): boolean {
    const sender = senderOf(record);
    const until = this.#watched.get(sender);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#watched.delete(sender);
    return false;
  }
}

/** `site/device`; of Sparkplug the edge node. */
function senderOf({ key }: LogRecord): string {
  const parts = key.split('/');
  return parts.slice(0, parts[0] === 'spb' || parts[0] === 'spBv1.0' ? 3 : 2).join('/');
}
