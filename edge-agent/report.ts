import {
  type DeviceStatus,
  type LoadcycleError,
  MAX_STATUS_ERROR,
  MAX_STATUS_SIGNALS,
} from '@loadcycle/contract';
import type { Clock } from './clock.ts';
import type { Delivery } from './delivery.ts';
import type { HeldOutboxes } from './held.ts';
import type { IdentityNotice } from './identity-notice.ts';
import type { Outbox } from './outbox.ts';
import { RunwayMeter } from './runway.ts';
import type { Sampling } from './sampling.ts';
import type { Writer } from './writer.ts';

export interface AgentStats {
  readonly session: string;
  readonly connected: boolean;
  readonly sampling: boolean;
  /** samples in finished batches, of this session */
  readonly samples: number;
  /** batches of this session that are on disk or were */
  readonly batches: number;
  /** batches handed to the broker, without those that were sent again */
  readonly published: number;
  readonly resent: number;
  /** batches taken off the disk because a receipt named them */
  readonly confirmed: number;
  /** batches dropped because the disk was full, since the data folder was made */
  readonly dropped: number;
  /** batches that wait in the same folder under other devices' names */
  readonly held: number;
  readonly outbox: { readonly batches: number; readonly bytes: number; readonly diskBytes: number };
  /** next sequence number of each signal */
  readonly signals: readonly { readonly signal: string; readonly seq: number }[];
  readonly error: string | null;
  /** the part of it that keeps samples from being taken or put on disk */
  readonly samplingError: string | null;
  /** what stands between the agent and its receipts */
  readonly broker: LoadcycleError | null;
  /** another agent has this identity, as the cloud says */
  readonly identity: string | null;
}

export interface ReportParts {
  readonly session: string;
  readonly version: string;
  readonly statusIntervalMs: number;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly writer: Writer;
  readonly sampling: Sampling;
  /** where a damaged outbox was put, or null */
  readonly setAside: string | null;
  readonly held: HeldOutboxes;
  readonly identity: IdentityNotice;
  readonly connected: () => boolean;
  /** what stands between the agent and its receipts, or null */
  readonly broker: () => LoadcycleError | null;
}

/** What the agent says of itself: to the broker as its status, to its process as figures. */
export class Report {
  readonly #p: ReportParts;
  readonly #runway = new RunwayMeter();

  constructor(parts: ReportParts) {
    this.#p = parts;
  }

  get problem(): string | null {
    const { setAside, held, identity, broker } = this.#p;
    const damaged = setAside === null ? null : `the outbox was damaged and set aside: ${setAside}`;
    const trouble = broker();
    const standing = trouble?.kind === 'standing' ? trouble.message : null;
    return this.sampling ?? identity.problem ?? standing ?? damaged ?? held.problem;
  }

  /** What keeps samples from being taken or put on disk. */
  get sampling(): string | null {
    return this.#p.writer.problem ?? this.#p.sampling.problem;
  }

  /** Changes when something has that is told at once, and not only with the next regular status. */
  get news(): string {
    const { sampling } = this.#p;
    return JSON.stringify([this.problem, sampling.on, sampling.signals]);
  }

  status(state: 'online' | 'offline'): DeviceStatus {
    const { session, version, statusIntervalMs, clock, outbox, writer, sampling } = this.#p;
    const level = {
      batches: outbox.batches,
      bytes: outbox.bytes,
      diskBytes: outbox.diskBytes,
      diskLimitBytes: outbox.diskLimitBytes,
      totalBytes: writer.totalBytes,
    };
    const signals = sampling.signals
      .slice(0, MAX_STATUS_SIGNALS)
      .map(({ signal, unit, rateHz, maxRateHz }) => ({
        ...{ signal, unit, rateHz, maxRateHz },
        seq: writer.seq(signal),
      }));
    return {
      state,
      at: clock.nowUs(),
      version,
      session,
      statusIntervalS: statusIntervalMs / 1000,
      sampling: state === 'online' && sampling.on,
      signals,
      outbox: this.#runway.measure(level, clock.monotonicUs() / 1000, clock.nowUs()),
      dropped: this.#dropped,
      ...(this.problem === null ? {} : { error: this.problem.slice(0, MAX_STATUS_ERROR).toWellFormed() }),
    };
  }

  stats(): AgentStats {
    const { session, outbox, delivery, writer, sampling, connected, held } = this.#p;
    return {
      session,
      connected: connected(),
      sampling: sampling.on,
      samples: writer.samples,
      batches: writer.batches,
      confirmed: writer.confirmed,
      published: delivery.stats.published,
      resent: delivery.stats.resent,
      dropped: this.#dropped,
      held: held.batches,
      outbox: { batches: outbox.batches, bytes: outbox.bytes, diskBytes: outbox.diskBytes },
      signals: sampling.signals.map(({ signal }) => ({ signal, seq: writer.seq(signal) })),
      error: this.problem,
      samplingError: this.sampling,
      broker: this.#p.broker(),
      identity: this.#p.identity.problem,
    };
  }

  /** Dropped from the disk, and those that the disk never took. */
  get #dropped(): number {
    return this.#p.outbox.dropped + this.#p.writer.lost;
  }
}
