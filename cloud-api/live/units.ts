import type { SignalDefinition } from '@loadcycle/contract';
import { type Batch, parseSignalKey, signalKey } from '@loadcycle/contract';
import { conversionBetween } from '@loadcycle/contract/units/conversion';
import type { Database } from '@loadcycle/database/port';
import { getSignals } from '@loadcycle/processors/catalogue/index';
import { batchIn, type SignalUnits, storedBatch } from '@loadcycle/processors/work/units';

interface Known {
  readonly definition: SignalDefinition;
  readonly units: SignalUnits;
}

const REFRESH_MS = 1_000;

/** In which units signals are told live: what the log holds is what devices have sent. As old as a second. */
export class LiveUnits {
  readonly #reader: Database;
  readonly #known = new Map<string, Known>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading = false;

  constructor(reader: Database) {
    this.#reader = reader;
  }

  /** Looks up those that are not known yet. Where the store is away, batches are told in the unit that they came in. */
  async need(signals: readonly string[]): Promise<void> {
    await this.#load(signals.filter((key) => !this.#known.has(key)));
  }

  async #load(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const rows = await getSignals(this.#reader, keys.map(parseSignalKey)).catch(() => []);
    for (const { path, definition, units } of rows) this.#known.set(signalKey(path), { definition, units });
  }

  /** Reads again what has been asked for, at most once a second; returns at once. */
  refresh(signals: ReadonlySet<string>): void {
    const now = performance.now();
    if (this.#reading || now - this.#readAtMs < REFRESH_MS) return;
    this.#readAtMs = now;
    this.#reading = true;
    for (const key of this.#known.keys()) if (!signals.has(key)) this.#known.delete(key);
    void this.#load([...signals]).finally(() => {
      this.#reading = false;
    });
  }

  /** The batch in the unit that is asked for, else in its signal's; as it came where that is not known. */
  told(key: string, batch: Batch, asked: string | null): Batch {
    const known = this.#known.get(key);
    if (known === undefined) return asked === null ? batch : inUnit(batch, asked);
    const { definition, units } = known;
    const stored = storedBatch(batch, definition, units, Date.now() * 1000);
    if (stored.unit !== definition.unit && batch.unitStated !== false) return batch;
    const own = batchIn(stored, definition.unit, units.conversion);
    return asked === null ? own : inUnit(own, asked);
  }
}

function inUnit(batch: Batch, unit: string): Batch {
  const step = conversionBetween(batch.unit, unit);
  return step === null ? batch : batchIn(batch, unit, step);
}
