import type { LoadcycleError, Logger } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Catalogue, KnownSignal } from './catalogue.ts';
import type { DecodedGroup, Decoder } from './decoder.ts';
import { NONE_REJECTED } from './group.ts';
import { type Decoded, signalsOf } from './judge.ts';
import type { RegistrationLimits, RegistrationRequest } from './registration.ts';

export interface IntakeParts {
  readonly decoder: Decoder;
  readonly catalogue: Catalogue;
  /**
   * What becomes of unknown signals: their messages may register them within limits, `null`: none may, or
   * somebody else registers them; resolves once that has been done, or will not be.
   */
  readonly unknown: RegistrationLimits | null | ((records: readonly LogRecord[]) => Promise<void>);
  readonly log: Logger;
}

export interface Resolved {
  readonly signals: KnownSignal[];
  readonly catalogueVersion: number;
  /** what was decoded, but for the messages that may not register what they speak of */
  readonly decoded: readonly Decoded[];
}

/** A flood of messages that are refused is told of in one line so often. */
const TELL_EVERY_MS = 60_000;

/** How each worker's `prepare` begins: a group of records is read, and the catalogue asked for its signals. */
export class Intake {
  readonly #p: IntakeParts;
  #catalogueIsOld = true;
  #refused = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(parts: IntakeParts) {
    this.#p = parts;
  }

  /** Back to the store's state. */
  forget(): void {
    this.#p.decoder.clear();
    this.#catalogueIsOld = true;
  }

  decode(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<DecodedGroup> {
    return this.#p.decoder.decode(records, rejected);
  }

  /**
   * Makes sure that the catalogue has the signals, as far as the deployment lets us. Those that it has, and its
   * version at that moment.
   */
  async resolve(decoded: readonly Decoded[]): Promise<Resolved> {
    const { catalogue } = this.#p;
    if (this.#catalogueIsOld) {
      await catalogue.refresh();
      this.#catalogueIsOld = false;
    }
    let refused = NONE_REJECTED;
    if (this.#unknownOf(decoded).length > 0) {
      await catalogue.refresh();
      const unknown = this.#unknownOf(decoded);
      if (unknown.length > 0) refused = await this.#register(unknown);
    }
    const left = decoded.map((d): Decoded => {
      const error = refused.get(d.record);
      return error === undefined ? d : { record: d.record, error };
    });
    const signals = [...signalsOf(left).values()].flatMap((s) => catalogue.get(s.path) ?? []);
    return { signals, catalogueVersion: catalogue.version, decoded: left };
  }

  #unknownOf(decoded: readonly Decoded[]): RegistrationRequest[] {
    const { catalogue } = this.#p;
    return decoded.flatMap((d) => {
      const unknown = [...signalsOf([d]).values()].filter((s) => catalogue.get(s.path) === undefined);
      if (unknown.length === 0) return [];
      return [{ record: d.record, signals: unknown.map(({ path, batch }) => ({ path, unit: batch.unit })) }];
    });
  }

  async #register(unknown: readonly RegistrationRequest[]): Promise<ReadonlyMap<LogRecord, LoadcycleError>> {
    const { catalogue, unknown: policy } = this.#p;
    if (policy === null) return NONE_REJECTED;
    if (typeof policy === 'function') {
      await policy(unknown.map((u) => u.record));
      await catalogue.refresh();
      return NONE_REJECTED;
    }
    const refused = await catalogue.register(unknown, policy);
    this.#tell(refused);
    return refused;
  }

  #tell(refused: ReadonlyMap<LogRecord, LoadcycleError>): void {
    this.#refused += refused.size;
    const now = performance.now();
    if (this.#refused === 0 || now - this.#toldAt < TELL_EVERY_MS) return;
    const [first] = refused;
    const { code, message } = first?.[1] ?? {};
    this.#p.log.warn(
      { code, messages: this.#refused, key: first?.[0].key },
      `messages with too many unknown signals went to the dead letters: ${message}`,
    );
    this.#refused = 0;
    this.#toldAt = now;
  }
}
