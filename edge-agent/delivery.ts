/**
 * Delivery: which batches are on their way, and when one is sent again.
 *
 * What always holds
 * - At most `windowBatches` and `windowBytes` are unconfirmed on the way (one batch of any size always may be).
 * - In order, oldest first, from a cursor over the outbox. Only behind a backlog of several windows do new batches
 *   get a lane of their own, a quarter of the window: who watches live sees live data while the past drains.
 *   A short interruption stays in order, which spares the cycles downstream from being cut again.
 * - A connection that comes up begins anew: everything unconfirmed is sent again, oldest first.
 * - On a standing connection a batch is sent again when its receipt is overdue, with a waiting time that doubles.
 *   Where no receipt at all has come since it was sent, the far end is away, not the batch lost: then only the
 *   oldest is sent again, as a probe, and the first receipt sets the others going.
 *
 * Holds no payload: what is sent again is read from the outbox again. No I/O and no clock of its own.
 */
import type { Confirmation, Waiting } from './outbox.ts';

export type Ready = Waiting & { readonly payload: Uint8Array };

export interface DeliveryOptions {
  readonly outbox: {
    readonly lastId: number;
    after(id: number, count: number, bytes: number): Ready[];
    payload(id: number): Uint8Array | null;
  };
  readonly windowBatches: number;
  readonly windowBytes: number;
  /** a receipt that takes longer is overdue */
  readonly confirmTimeoutMs: number;
  readonly nowMs: () => number;
  /** Hands a batch to the connection; `acknowledged` is called once the broker has it. */
  readonly publish: (batch: Ready, acknowledged: () => void) => void;
}

interface OnTheWay {
  readonly batch: Waiting;
  /** sent ahead of a backlog */
  readonly ahead: boolean;
  sentAtMs: number;
  attempts: number;
  acknowledged: boolean;
}

const LIVE_SHARE = 0.25;
/** windows of backlog from which on new batches get their own lane */
const LIVE_FROM_WINDOWS = 4;
const MAX_WAIT_MS = 300_000;
const MAX_PROBE_MS = 30_000;

export class Delivery {
  readonly #o: DeliveryOptions;
  /** by id, in the order of sending */
  readonly #way = new Map<number, OnTheWay>();
  /** confirmed, and not yet off the disk */
  readonly #gone = new Set<number>();
  #wayBytes = 0;
  #ahead = { batches: 0, bytes: 0 };
  #up = false;
  #cursor = 0;
  #lastId: number;
  #lastReceiptAtMs = Number.NEGATIVE_INFINITY;
  #speakingSinceMs = Number.NEGATIVE_INFINITY;
  /** since when batches are out there and no receipt has come */
  #unansweredSinceMs: number | null = null;
  #probes = 0;
  #probeAtMs = 0;
  #published = 0;
  #resent = 0;

  constructor(options: DeliveryOptions) {
    this.#o = options;
    this.#lastId = options.outbox.lastId;
  }

  get stats(): { published: number; resent: number; onTheWay: number; onTheWayBytes: number } {
    return {
      published: this.#published,
      resent: this.#resent,
      onTheWay: this.#way.size,
      onTheWayBytes: this.#wayBytes,
    };
  }

  /** For how long batches have been with the broker without any receipt, ms. */
  get unansweredMs(): number {
    return this.#unansweredSinceMs === null ? 0 : this.#o.nowMs() - this.#unansweredSinceMs;
  }

  connected(): void {
    this.#resent += this.#way.size;
    this.#way.clear();
    this.#wayBytes = 0;
    this.#ahead = { batches: 0, bytes: 0 };
    this.#cursor = 0;
    this.#probes = 0;
    this.#unansweredSinceMs = null;
    this.#up = true;
    this.#pump();
  }

  disconnected(): void {
    this.#up = false;
  }

  /** New batches, on disk since a moment ago; their bytes are still at hand. */
  offer(fresh: readonly Ready[]): void {
    const first = fresh[0];
    if (first === undefined) return;
    const inOrder = this.#cursor >= this.#lastId;
    const backlog = this.#lastId - this.#cursor;
    this.#lastId = fresh.at(-1)!.id;
    if (!this.#up) return;
    if (inOrder) {
      for (const batch of fresh) {
        if (!this.#hasRoom()) return;
        this.#send(batch, false);
        this.#cursor = batch.id;
      }
    } else if (backlog > LIVE_FROM_WINDOWS * this.#o.windowBatches) {
      for (const batch of fresh) if (this.#hasRoomAhead()) this.#send(batch, true);
      this.#pump();
    } else this.#pump();
  }

  /** A receipt: frees its part of the window at once. The caller takes the batches off the disk with its next commit. */
  confirm({ session, signal, seqs }: Confirmation): void {
    const now = this.#o.nowMs();
    if (now - this.#lastReceiptAtMs > this.#o.confirmTimeoutMs) this.#speakingSinceMs = now;
    this.#lastReceiptAtMs = now;
    this.#unansweredSinceMs = null;
    this.#probes = 0;
    for (const [id, { batch }] of this.#way) {
      if (batch.session !== session || batch.signal !== signal) continue;
      if (!seqs.some(([from, to]) => batch.seq >= from && batch.seq <= to)) continue;
      this.#forget(id);
      this.#gone.add(id);
    }
    this.#pump();
  }

  /** After a commit: what was confirmed is off the disk, and what was dropped will not be missed. */
  committed(dropped: readonly Waiting[]): void {
    this.#gone.clear();
    for (const { id } of dropped) this.#forget(id);
    if (dropped.length > 0) this.#pump();
  }

  /** Sends again what is overdue. Returns for how long the broker has owed its oldest acknowledgement, ms. */
  tick(): number {
    if (!this.#up) return 0;
    const now = this.#o.nowMs();
    let owedMs = 0;
    let burst = 64;
    for (const entry of [...this.#way.values()]) {
      if (!entry.acknowledged) {
        owedMs = Math.max(owedMs, now - entry.sentAtMs);
        continue;
      }
      const waitMs = Math.min(this.#o.confirmTimeoutMs * 2 ** (entry.attempts - 1), MAX_WAIT_MS);
      const dueMs = Math.max(entry.sentAtMs + waitMs, this.#speakingSinceMs + this.#o.confirmTimeoutMs / 4);
      const answered = this.#lastReceiptAtMs >= entry.sentAtMs;
      if (answered && now >= dueMs && burst-- > 0) this.#sendAgain(entry, now);
      else if (!answered && this.#isFirst(entry)) this.#probe(entry, now);
    }
    this.#pump();
    return owedMs;
  }

  #isFirst(entry: OnTheWay): boolean {
    return this.#way.values().next().value === entry;
  }

  #probe(entry: OnTheWay, now: number): void {
    const { confirmTimeoutMs } = this.#o;
    if (this.#probes === 0) this.#probeAtMs = entry.sentAtMs + confirmTimeoutMs;
    if (now < this.#probeAtMs) return;
    this.#probeAtMs =
      now + Math.min(confirmTimeoutMs * 2 ** this.#probes++, Math.max(MAX_PROBE_MS, confirmTimeoutMs));
    this.#sendAgain(entry, now);
    entry.attempts = 1;
  }

  #sendAgain(entry: OnTheWay, now: number): void {
    const payload = this.#o.outbox.payload(entry.batch.id);
    if (payload === null) {
      this.#forget(entry.batch.id);
      return;
    }
    entry.sentAtMs = now;
    entry.attempts++;
    entry.acknowledged = false;
    this.#resent++;
    this.#hand({ ...entry.batch, payload }, entry);
  }

  #hasRoom(): boolean {
    if (this.#way.size === 0) return true;
    return this.#way.size < this.#o.windowBatches && this.#wayBytes < this.#o.windowBytes;
  }

  #hasRoomAhead(): boolean {
    const { windowBatches, windowBytes } = this.#o;
    const { batches, bytes } = this.#ahead;
    return this.#hasRoom() && batches < windowBatches * LIVE_SHARE && bytes < windowBytes * LIVE_SHARE;
  }

  /** What the batches in order may still send: behind a long backlog, a quarter of the window is not theirs. */
  #roomInOrder(): { batches: number; bytes: number } {
    const { windowBatches, windowBytes } = this.#o;
    const long = this.#lastId - this.#cursor > LIVE_FROM_WINDOWS * windowBatches;
    const share = long ? 1 - LIVE_SHARE : 1;
    const ahead = long ? this.#ahead : { batches: 0, bytes: 0 };
    return {
      batches: Math.floor(windowBatches * share) - (this.#way.size - ahead.batches),
      bytes: windowBytes * share - (this.#wayBytes - ahead.bytes),
    };
  }

  #pump(): void {
    if (!this.#up) return;
    while (this.#cursor < this.#lastId) {
      const room = this.#roomInOrder();
      if (this.#way.size > 0 && (room.batches < 1 || room.bytes <= 0)) return;
      const count = Math.max(1, Math.min(64, room.batches));
      const bytes = Math.max(0, room.bytes);
      const next = this.#o.outbox.after(this.#cursor, count, bytes);
      if (next.length === 0) {
        this.#cursor = this.#lastId;
        return;
      }
      for (const batch of next) {
        this.#cursor = batch.id;
        if (!this.#way.has(batch.id) && !this.#gone.has(batch.id)) this.#send(batch, false);
      }
    }
  }

  #send(batch: Ready, ahead: boolean): void {
    const { payload, ...waiting } = batch;
    const sentAtMs = this.#o.nowMs();
    const entry: OnTheWay = { batch: waiting, ahead, sentAtMs, attempts: 1, acknowledged: false };
    this.#way.set(batch.id, entry);
    this.#wayBytes += batch.size;
    if (ahead) {
      this.#ahead.batches++;
      this.#ahead.bytes += batch.size;
    }
    this.#published++;
    this.#hand({ ...waiting, payload }, entry);
  }

  #hand(batch: Ready, entry: OnTheWay): void {
    this.#o.publish(batch, () => {
      entry.acknowledged = true;
      this.#unansweredSinceMs ??= this.#o.nowMs();
    });
  }

  #forget(id: number): void {
    const entry = this.#way.get(id);
    if (entry === undefined) return;
    this.#way.delete(id);
    this.#wayBytes -= entry.batch.size;
    if (!entry.ahead) return;
    this.#ahead.batches--;
    this.#ahead.bytes -= entry.batch.size;
  }
}
