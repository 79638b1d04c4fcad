import { LoadcycleError, type Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type {
  EventLog,
  LogConsumer,
  LogIdentities,
  Position,
  TopicPartition,
} from '@loadcycle/event-log/port';
import { type Health, runWorkerLoop } from '@loadcycle/service';
import { blameFor, GroupTooLarge } from './failures.ts';
import { type Group, halves, unreadable, withoutBadData } from './group.ts';
import { Heartbeat } from './heartbeat.ts';
import { positionsInLog } from './log-positions.ts';
import type { LogWork } from './log-work.ts';
import { ExpectedOffsets, moveOffsets, partitionKey } from './offsets.ts';
import { SUSPECT_TIMEOUT_MS, Suspects } from './suspects.ts';

export type { LogWork } from './log-work.ts';

export interface LogWorkerOptions<P> {
  readonly eventLog: EventLog;
  readonly database: Database;
  readonly health: Health;
  readonly log: Logger;
  readonly work: LogWork<P>;
  /** of a record that fails alone while the store is well, before it is quarantined; default 5 */
  readonly tries?: number;
  /** records of the first group at most; groups grow from there while all goes well; default 1 */
  readonly firstGroup?: number;
  /** of one transaction, ms; default 60,000 */
  readonly timeoutMs?: number;
  /** between two tries, ms; default 5,000 */
  readonly maxBackoffMs?: number;
}

const COMMIT_EVERY_MS = 500;
const LOOK_EVERY_MS = 2_000;

class RolledBack extends Error {}

/**
 * Log → store, exactly once: a group of records becomes one transaction with the offsets in it.
 * While it is being committed, the next group is polled and prepared. A group that fails stays at the head and
 * is tried again; one whose offsets are refused is dropped with all behind it, and the store asked again.
 * A group that fails while the store is well is halved down to the one bad record, which is quarantined after some
 * tries (`suspects.ts`). Groups are prepared in the log's order; whenever the head of the queue has to be prepared
 * anew, memory is first put back to the store's state.
 */
export class LogWorker<P> {
  readonly #o: LogWorkerOptions<P>;
  readonly #abort = new AbortController();
  readonly #expected = new ExpectedOffsets();
  readonly #suspects: Suspects<P>;
  #queue: Group<P>[] = [];
  #ahead: Promise<Group<P> | null> | null = null;
  #consumer: LogConsumer | null = null;
  #durable = new Map<string, Position>();
  #committedAt = 0;
  /** of the log that the positions are in */
  #identities: LogIdentities = new Map();
  #lookedAt = 0;
  #stale = 0;
  readonly #heartbeat: Heartbeat;
  readonly #running: Promise<void>;

  constructor(options: LogWorkerOptions<P>) {
    this.#o = options;
    const { database, health, log, work, tries = 5, firstGroup } = options;
    this.#suspects = new Suspects({ database, log, work, tries, firstGroup });
    this.#running = runWorkerLoop({
      name: options.work.name,
      log: options.log,
      health: options.health,
      signal: this.#abort.signal,
      step: () => this.#step(),
      recover: (error) => this.#recover(error),
      ...(options.maxBackoffMs === undefined ? {} : { maxBackoffMs: options.maxBackoffMs }),
    });
    this.#heartbeat = new Heartbeat(database, health, work.name, work.parts);
  }

  /** Lets the transaction that is open end, then leaves the group. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.#heartbeat.stop();
    await this.#ahead?.catch(() => {});
    await this.#tellLog(true);
    await this.#consumer?.close();
  }

  /** Where this member stands in a partition, by what is committed; null where it does not know. */
  durable(p: TopicPartition): number | null {
    return this.#durable.get(partitionKey(p))?.next ?? null;
  }

  async #step(): Promise<void> {
    const { work } = this.#o;
    this.#consumer ??= await this.#o.eventLog.consume({
      group: work.name,
      topics: work.topics,
      positions: (assigned) => this.#positions(assigned),
      standIns: true,
    });
    await this.#lookAtLog();
    if (this.#queue.length === 0) {
      const ahead = this.#ahead ?? this.#next();
      this.#ahead = null;
      const group = await ahead;
      if (group !== null) this.#queue.push(...this.#suspects.separated(group));
    }
    // one group a step: what was committed is progress, whatever the next one meets
    if (this.#queue.length > 0 && !this.#abort.signal.aborted) await this.#tryHead();
    await this.#tellLog(false);
    await work.between?.();
  }

  /** The group at the head of the queue: committed, or something else in its place; throws where it is to wait. */
  async #tryHead(): Promise<void> {
    let head = this.#queue[0]!;
    if (head.failure !== undefined) {
      // it failed, and whether the store is well could not be said then
      this.#replaceHead(await this.#suspects.weigh(head));
      head = this.#queue[0]!;
      head.failure = undefined;
    }
    const trying = await this.#suspects.begin(head);
    if (trying !== head) this.#replaceHead([trying]);
    let prepared: P;
    try {
      prepared = trying.prepared ?? (await this.#prepareHead(trying));
      if (this.#queue.length === 1) this.#lookAhead();
      if (!(await this.#commit(trying, prepared))) return;
    } catch (error) {
      await this.#failed(trying, error as Error);
      return;
    }
    await this.#o.work.committed?.(prepared);
  }

  /** A group failed; it stands at the head. Throws where it is to be tried again later, as it is. */
  async #failed(group: Group<P>, error: Error): Promise<void> {
    // what it was prepared with may be half used: whatever comes next begins from the store's state
    group.prepared = undefined;
    const several = group.records.length > 1;
    if (error instanceof GroupTooLarge && several) {
      this.#replaceHead(halves(group));
      return;
    }
    const blame = blameFor(error);
    if (blame === 'environment') throw error;
    if (blame === 'data') {
      this.#replaceHead(withoutBadData(group, error));
      return;
    }
    group.failure = error;
    group.lastError = error;
    if (!several) throw error;
    this.#replaceHead(await this.#suspects.weigh(group));
  }

  #replaceHead(groups: readonly Group<P>[]): void {
    this.#queue.splice(0, 1, ...groups);
  }

  /** A consumer that is gone for good is made anew; what it had polled comes again. */
  async #recover(error: unknown): Promise<void> {
    if (!(error instanceof LoadcycleError) || error.code !== 'log.closed') return;
    const gone = this.#consumer;
    this.#consumer = null;
    this.#queue = [];
    this.#ahead = null;
    this.#o.work.forget?.();
    await gone?.close();
  }

  #lookAhead(): void {
    if (this.#ahead !== null || this.#abort.signal.aborted) return;
    this.#ahead = this.#next();
    // its failure is met when it is awaited
    this.#ahead.catch(() => {});
  }

  /**
   * Is it still the log that the positions are in? One that was made anew under a running consumer may have grown past
   * them by the time it is read. What was taken from it until this look does no harm: the store's offsets are of the
   * old log until then, and all of the new one is read from its beginning.
   */
  async #lookAtLog(): Promise<void> {
    if (this.#identities.size === 0 || performance.now() - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = performance.now();
    // a log that is away says so elsewhere
    const now = await this.#o.eventLog.identities(this.#o.work.topics).catch(() => this.#identities);
    const same = [...this.#identities].every(([topic, id]) => (now.get(topic) ?? null) === id);
    if (!same) await this.#drop();
  }

  async #positions(assigned: readonly TopicPartition[]): Promise<readonly Position[]> {
    const { work } = this.#o;
    await work.assigned?.(assigned);
    const { positions: stored, identities } = await positionsInLog(this.#o, work.name, assigned);
    this.#identities = new Map([...this.#identities, ...identities]);
    this.#expected.learn(assigned, stored);
    for (const p of assigned) this.#durable.delete(partitionKey(p));
    for (const p of stored) this.#durable.set(partitionKey(p), p);
    await this.#suspects.assigned(assigned, stored);
    return stored;
  }

  async #next(): Promise<Group<P> | null> {
    const wanted = this.#o.work.poll();
    const maxRecords = Math.min(wanted.maxRecords ?? Number.POSITIVE_INFINITY, this.#suspects.mostRecords);
    const polled = await this.#consumer!.poll({ ...wanted, maxRecords, signal: this.#abort.signal });
    const records = polled.filter((r) => this.#expected.fresh(r));
    if (records.length === 0) return null;
    const moves = this.#expected.advance(records);
    const rejected = unreadable(records);
    const group = { records, moves, rejected, prepared: undefined };
    // preparing it may be what kills the process: it is written down first, when its turn comes
    if (this.#suspects.careful) return group;
    // where this fails the records must not be lost: it is prepared again when its turn comes
    const prepared = await this.#o.work.prepare(records, rejected).catch(() => undefined);
    return { ...group, prepared };
  }

  async #prepareHead(head: Group<P>): Promise<P> {
    const ahead = await this.#ahead?.catch(() => null);
    for (const g of [...this.#queue, ...(ahead ? [ahead] : [])]) g.prepared = undefined;
    this.#o.work.forget?.();
    head.prepared = await this.#o.work.prepare(head.records, head.rejected);
    return head.prepared;
  }

  /** False where it was rolled back and is to be prepared anew, or was another member's. */
  async #commit(head: Group<P>, prepared: P): Promise<boolean> {
    const { database, work, log, timeoutMs = 60_000 } = this.#o;
    let why: 'refused' | 'stale' | undefined;
    try {
      await work.before?.(prepared);
      await database.transaction(
        async (tx) => {
          why = (await moveOffsets(tx, work.name, head.moves, this.#identities)) ? undefined : 'refused';
          why ??= await work.apply(tx, prepared, head.records);
          if (why !== undefined) throw new RolledBack(why);
          await this.#suspects.end(tx, head);
        },
        {
          priority: 'write',
          timeoutMs: head.suspect === true ? Math.min(timeoutMs, SUSPECT_TIMEOUT_MS) : timeoutMs,
        },
      );
    } catch (error) {
      // what it was prepared with may be half used: whatever comes next begins from the store's state
      head.prepared = undefined;
      work.rolledBack?.(prepared);
      if (why === 'refused') {
        log.warn(
          { consumer: work.name, moves: head.moves },
          'another worker moved the offset; asking the store',
        );
        await this.#drop();
      } else if (why === 'stale') {
        if (++this.#stale > 20)
          throw new LoadcycleError('store.conflict', 'the catalogue changes all the time');
      } else throw error;
      return false;
    }
    for (const { topic, partition, next } of head.moves) {
      this.#durable.set(partitionKey({ topic, partition }), { topic, partition, next });
    }
    this.#queue.shift();
    this.#suspects.passed(head.moves);
    this.#stale = 0;
    return true;
  }

  async #drop(): Promise<void> {
    this.#queue = [];
    await this.#consumer!.reset();
    await this.#ahead?.catch(() => null);
    this.#ahead = null;
    // what was polled ahead is thrown away, so the positions must be asked again after it, whenever it came
    await this.#consumer!.reset();
    this.#o.work.forget?.();
  }

  /** The log's own committed offsets follow, for lag displays only. */
  async #tellLog(now: boolean): Promise<void> {
    if (this.#consumer === null || this.#durable.size === 0) return;
    if (!now && performance.now() - this.#committedAt < COMMIT_EVERY_MS) return;
    this.#committedAt = performance.now();
    await this.#consumer
      .commit([...this.#durable.values()])
      .catch((err: unknown) => this.#o.log.warn({ err }, 'the log did not take the position'));
  }
}
