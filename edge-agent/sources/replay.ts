import { setTimeout as delay } from 'node:timers/promises';
import { type AgentChange, LoadcycleError } from '@loadcycle/contract';
import type { ReplaySettings } from '@loadcycle/contract/agent-settings';
import { CsvFile, type CsvRow } from '@loadcycle/csv/file';
import type { Clock } from '../clock.ts';
import type { Source, SourceContext, SourceSignal } from './source.ts';

/** Rows handed on at once, at most. */
const GROUP = 1000;
/** Bad lines that are told one by one; the rest are counted. */
const TOLD = 20;

/**
 * Replays a CSV file ({@link CsvFile}). Rows are read only as fast as they are taken, so that a file of any size needs no
 * memory. A line that makes no sense is counted, told with its number, and left out; a file without any other fails.
 */
export class ReplaySource implements Source {
  #settings: ReplaySettings;
  readonly patient = true;
  readonly #file: CsvFile;
  #rows: AsyncIterator<CsvRow> | null = null;
  #waiting: CsvRow | null = null;
  #shiftUs: number | null = null;
  #pace: { fileUs: number; monotonicUs: number } | null = null;
  #bad = 0;

  /** Throws `source.unavailable` where the file or one of its columns is not there. */
  constructor(settings: ReplaySettings) {
    this.#settings = settings;
    const { file, delimiter, decimalComma, timeColumn, timeFormat, tz } = settings;
    this.#file = new CsvFile({
      file,
      delimiter: delimiter === 'auto' ? null : delimiter,
      decimalComma,
      timeColumn,
      timeFormat: timeFormat === 'auto' ? null : timeFormat,
      zone: tz,
      columns: settings.columns.map((c) => c.column),
    });
  }

  get signals(): readonly SourceSignal[] {
    return this.#settings.columns.map((c) => ({
      signal: c.signal,
      unit: c.unit,
      batchSize: c.batchSize,
      decimals: c.decimals,
      enabled: c.enabled,
      rateHz: null,
      maxRateHz: null,
    }));
  }

  /** Lines that made no sense so far. */
  get badLines(): number {
    return this.#bad;
  }

  async run(context: SourceContext): Promise<'ended' | 'aborted'> {
    const bad = (line: number, why: string): void => {
      if (++this.#bad <= TOLD)
        context.log.warn({ file: this.#settings.file, line }, `line ${line} left out: ${why}`);
    };
    this.#rows ??= this.#file.rows(bad);
    this.#shiftUs ??= await this.#shiftOf(context.clock);
    this.#pace = null;
    for (;;) {
      if (context.signal.aborted) return 'aborted';
      const group = await this.#nextGroup(context);
      if (group.length === 0 && this.#waiting === null) break;
      for (const [k, column] of this.#settings.columns.entries()) {
        if (group.length === 0) continue;
        const timesUs = Float64Array.from(group, (r) => r.timeUs + this.#shiftUs!);
        const values = Float64Array.from(group, (r) => r.values[k]!);
        await context.push(column.signal, { timesUs, values });
      }
    }
    if (this.#bad > 0) context.log.warn({ file: this.#settings.file, bad: this.#bad }, 'lines left out');
    return 'ended';
  }

  change(change: AgentChange): () => void {
    if (change.rateHz !== undefined || change.simulate !== undefined) {
      throw new LoadcycleError('request.invalid', 'a replay has the times and values of its file');
    }
    const { batchSize, enabled, signal } = change;
    const columns = this.#settings.columns.map((c) =>
      signal !== undefined && signal !== c.signal
        ? c
        : { ...c, batchSize: batchSize ?? c.batchSize, enabled: enabled ?? c.enabled },
    );
    return () => {
      this.#settings = { ...this.#settings, columns };
    };
  }

  async close(): Promise<void> {
    await this.#rows?.return?.();
  }

  /**
   * What is added to the file's times. With `shift: "now"` no sample is ever ahead of the clock: at the recorded speed or
   * slower the first row is now; faster than that, the last row is now at the moment at which it is given.
   */
  async #shiftOf(clock: Clock): Promise<number> {
    const { shift, speed } = this.#settings;
    if (shift !== 'now') return 0;
    const span = await this.#file.span();
    // its lines are told, and whether none makes sense, when they are read
    if (span === null) return 0;
    const { firstUs, lastUs } = span;
    const nowUs = clock.nowUs();
    if (speed > 0 && speed <= 1) return nowUs - firstUs;
    const takesUs = speed === 0 ? 0 : (lastUs - firstUs) / speed;
    return Math.floor(nowUs + takesUs - lastUs);
  }

  /** Rows that are due now, at most {@link GROUP}; empty where none is due or the file is over. */
  async #nextGroup(context: SourceContext): Promise<CsvRow[]> {
    const group: CsvRow[] = [];
    while (group.length < GROUP) {
      const row = this.#waiting ?? (await this.#nextRow());
      this.#waiting = null;
      if (row === null) break;
      const aheadUs = this.#aheadUs(row.timeUs, context.clock);
      if (aheadUs > 1000) {
        // not due yet: what is due goes out first, and then we wait
        this.#waiting = row;
        if (group.length === 0) {
          await delay(Math.min(aheadUs / 1000, 60_000), undefined, { signal: context.signal }).catch(
            () => {},
          );
        }
        break;
      }
      group.push(row);
    }
    return group;
  }

  async #nextRow(): Promise<CsvRow | null> {
    const next = await this.#rows!.next();
    return next.done ? null : next.value;
  }

  /** How long until a row is due, µs; 0 or less where it is. */
  #aheadUs(fileUs: number, clock: Clock): number {
    const { speed } = this.#settings;
    if (speed === 0) return 0;
    const monotonicUs = clock.monotonicUs();
    this.#pace ??= { fileUs, monotonicUs };
    return (fileUs - this.#pace.fileUs) / speed - (monotonicUs - this.#pace.monotonicUs);
  }
}
