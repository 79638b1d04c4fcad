import { addSeq, type DevicePath, type Receipt, receiptsTopic, type SeqRanges } from '@loadcycle/contract';
import type { BatchHead } from './batch-head.ts';

/** Ranges in one message; more go in a second one. */
const RANGES_PER_MESSAGE = 500;

interface Pending {
  readonly topic: string;
  readonly session: string;
  readonly signal: string;
  readonly seqs: SeqRanges;
}

/**
 * Gathers what the log has acknowledged and tells each device after `gatherMs` at the latest.
 * A receipt is only ever sent for what the log has, and a lost one only costs a resend, so it needs no
 * guarantee of its own: QoS 0, nothing kept (docs/decisions/0081).
 */
export class Receipts {
  readonly #gatherMs: number;
  readonly #publish: (topic: string, payload: string) => void;
  #pending = new Map<string, Pending>();
  #timer: NodeJS.Timeout | null = null;

  constructor(gatherMs: number, publish: (topic: string, payload: string) => void) {
    this.#gatherMs = gatherMs;
    this.#publish = publish;
  }

  add(device: DevicePath, signal: string, head: BatchHead): void {
    const key = `${device.site}/${device.device}/${signal}/${head.session}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { topic: receiptsTopic(device), session: head.session, signal, seqs: [] };
      this.#pending.set(key, pending);
    }
    addSeq(pending.seqs, head.seq);
    this.#timer ??= setTimeout(() => this.flush(), this.#gatherMs);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const gathered = this.#pending;
    this.#pending = new Map();
    for (const { topic, session, signal, seqs } of gathered.values()) {
      for (let i = 0; i < seqs.length; i += RANGES_PER_MESSAGE) {
        const receipt: Receipt = {
          stage: 'logged',
          session,
          signal,
          seqs: seqs.slice(i, i + RANGES_PER_MESSAGE),
        };
        this.#publish(topic, JSON.stringify(receipt));
      }
    }
  }
}
