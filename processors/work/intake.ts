import type { LoadcycleError } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Catalogue, KnownSignal } from './catalogue.ts';
import type { DecodedGroup, Decoder } from './decoder.ts';
import { type Decoded, signalsOf } from './judge.ts';

/** How each worker's `prepare` begins: a group of records is read, and the catalogue asked for its signals. */
export class Intake {
  readonly #decoder: Decoder;
  readonly #catalogue: Catalogue;
  readonly #autoRegister: boolean;
  #catalogueIsOld = true;

  constructor(parts: {
    readonly decoder: Decoder;
    readonly catalogue: Catalogue;
    readonly settings: { readonly autoRegister: boolean };
  }) {
    this.#decoder = parts.decoder;
    this.#catalogue = parts.catalogue;
    this.#autoRegister = parts.settings.autoRegister;
  }

  /** Back to the store's state. */
  forget(): void {
    this.#decoder.clear();
    this.#catalogueIsOld = true;
  }

  async decode(
    records: readonly LogRecord[],
    rejected: ReadonlyMap<LogRecord, LoadcycleError>,
  ): Promise<DecodedGroup> {
    const group = await this.#decoder.decode(records);
    const decoded = group.records.map((d): Decoded => {
      const error = rejected.get(d.record);
      return error === undefined ? d : { record: d.record, error };
    });
    return { ...group, records: decoded };
  }

  /**
   * Makes sure that the catalogue has the signals, as far as the deployment lets us. Those that it has, and its
   * version at that moment.
   */
  async resolve(decoded: readonly Decoded[]): Promise<{ signals: KnownSignal[]; catalogueVersion: number }> {
    const catalogue = this.#catalogue;
    if (this.#catalogueIsOld) {
      await catalogue.refresh();
      this.#catalogueIsOld = false;
    }
    const signals = [...signalsOf(decoded).values()];
    let unknown = signals.filter((s) => catalogue.get(s.path) === undefined);
    if (unknown.length > 0) {
      await catalogue.refresh();
      unknown = unknown.filter((s) => catalogue.get(s.path) === undefined);
      if (unknown.length > 0 && this.#autoRegister) {
        await catalogue.register(unknown.map(({ path, batch }) => ({ path, unit: batch.unit })));
      }
    }
    const known = signals.flatMap((s) => catalogue.get(s.path) ?? []);
    return { signals: known, catalogueVersion: catalogue.version };
  }
}
