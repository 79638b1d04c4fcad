import { Counter, type Registry } from '@loadcycle/service';

/** What this cycles worker has done since its start. */
export interface CyclesStats {
  /** log records of which the work is committed */
  readonly records: number;
  /** cycles cut live */
  readonly cycles: number;
  /** batches that came too late for the live cut */
  readonly late: number;
  /** batches that came again */
  readonly repeated: number;
  /** cycles corrected, and taken away, by re-cuts */
  readonly corrected: number;
  readonly removed: number;
  readonly repairs: number;
}

export class CyclesCounters implements CyclesStats {
  records = 0;
  cycles = 0;
  late = 0;
  repeated = 0;
  corrected = 0;
  removed = 0;
  repairs = 0;
  readonly #metrics: ReturnType<typeof metricsOf> | null;

  constructor(registry?: Registry) {
    this.#metrics = registry === undefined ? null : metricsOf(registry);
  }

  count(records: number, cycles: number, late: number, repeated: number): void {
    this.records += records;
    this.cycles += cycles;
    this.late += late;
    this.repeated += repeated;
    this.#metrics?.records.inc(records);
    this.#metrics?.cycles.inc({ kind: 'cut' }, cycles);
    this.#metrics?.late.inc(late);
  }

  repaired(corrected: number, removed: number, done: boolean): void {
    this.corrected += corrected;
    this.removed += removed;
    if (done) this.repairs++;
    this.#metrics?.cycles.inc({ kind: 'corrected' }, corrected);
    this.#metrics?.cycles.inc({ kind: 'removed' }, removed);
  }

  snapshot(): CyclesStats {
    const { records, cycles, late, repeated, corrected, removed, repairs } = this;
    return { records, cycles, late, repeated, corrected, removed, repairs };
  }
}

function metricsOf(registry: Registry) {
  const registers = [registry];
  return {
    records: new Counter({ name: 'loadcycle_cycles_records_total', help: 'Log records cut', registers }),
    cycles: new Counter({
      name: 'loadcycle_cycles_total',
      help: 'Cycles: cut live, corrected or removed by re-cuts',
      labelNames: ['kind'],
      registers,
    }),
    late: new Counter({
      name: 'loadcycle_cycles_late_batches_total',
      help: 'Batches too late for the live cut, cut again from the store',
      registers,
    }),
  };
}
