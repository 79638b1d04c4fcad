import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgentChange, LoadcycleError } from '@loadcycle/contract';
import type { ReplaySettings } from '@loadcycle/contract/agent-settings';
import { type CsvError, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import type { Clock } from '../clock.ts';
import { detectTimeFormat, readTimeUs, type TimeFormat } from './replay-time.ts';
import type { Source, SourceContext, SourceSignal } from './source.ts';

/** Rows handed on at once, at most. */
const GROUP = 1000;
/** Bad lines that are told one by one; the rest are counted. */
const TOLD = 20;

interface Row {
  line: number;
  cells: string[];
}

interface Measured {
  fileUs: number;
  values: number[];
}

/** Where each column of interest stands. */
interface Layout {
  readonly time: number;
  readonly values: readonly number[];
  readonly width: number;
}

/**
 * Replays a CSV file. Rows are read only as fast as they are taken, so that a file of any size needs no memory.
 * A line that makes no sense is counted, told with its number, and left out; it never ends the replay.
 */
export class ReplaySource implements Source {
  #settings: ReplaySettings;
  readonly patient: boolean;
  #rows: AsyncIterator<Row> | null = null;
  #waiting: Measured | null = null;
  readonly #delimiter: string;
  readonly #layout: Layout;
  #format: TimeFormat | null;
  #shiftUs: number | null = null;
  #pace: { fileUs: number; monotonicUs: number } | null = null;
  #bad = 0;

  constructor(settings: ReplaySettings) {
    this.#settings = settings;
    this.patient = true;
    this.#format = settings.timeFormat === 'auto' ? null : settings.timeFormat;
    const head = readHead(settings.file);
    this.#delimiter = settings.delimiter === 'auto' ? sniffDelimiter(head) : settings.delimiter;
    if (this.#delimiter === '\\t') this.#delimiter = '\t';
    const [header] = parseNow(head, { delimiter: this.#delimiter, bom: true, relax_quotes: true, to: 1 });
    this.#layout = findColumns(header ?? [], settings);
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

  /** Lines, or cells, that made no sense so far. */
  get badLines(): number {
    return this.#bad;
  }

  async run(context: SourceContext): Promise<'ended' | 'aborted'> {
    this.#rows ??= this.#open(context);
    this.#pace = null;
    for (;;) {
      if (context.signal.aborted) return 'aborted';
      const group = await this.#nextGroup(context);
      if (group.length === 0 && this.#waiting === null) break;
      for (const [k, column] of this.#settings.columns.entries()) {
        if (group.length === 0) continue;
        const timesUs = Float64Array.from(group, (r) => r.fileUs + this.#shiftUs!);
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

  /** Rows that are due now, at most {@link GROUP}; empty where none is due or the file is over. */
  async #nextGroup(context: SourceContext): Promise<Measured[]> {
    const group: Measured[] = [];
    while (group.length < GROUP) {
      const row = this.#waiting ?? (await this.#nextMeasured(context));
      this.#waiting = null;
      if (row === null) break;
      const aheadUs = this.#aheadUs(row.fileUs, context.clock);
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

  async #nextMeasured(context: SourceContext): Promise<Measured | null> {
    for (;;) {
      const next = await this.#rows!.next();
      if (next.done) return null;
      const row = this.#read(next.value, context);
      if (row !== null) return row;
    }
  }

  #read(row: Row, context: SourceContext): Measured | null {
    const layout = this.#layout;
    if (row.cells.length !== layout.width) {
      return this.#reject(row.line, `${row.cells.length} columns instead of ${layout.width}`, context);
    }
    let fileUs: number;
    const text = row.cells[layout.time]!.trim();
    try {
      this.#format ??= detectTimeFormat(text);
      fileUs = readTimeUs(text, this.#format);
    } catch (error) {
      return this.#reject(row.line, (error as Error).message, context);
    }
    this.#shiftUs ??= this.#settings.shift === 'now' ? context.clock.nowUs() - fileUs : 0;
    const values = layout.values.map((at, k) => this.#number(row, at, k, context));
    return { fileUs, values };
  }

  /** An empty cell is a sample that the sensor failed to give; so is one that is no number, which counts as bad. */
  #number(row: Row, at: number, k: number, context: SourceContext): number {
    const text = row.cells[at]!.trim();
    if (text === '') return Number.NaN;
    const value = Number(this.#settings.decimalComma ? text.replace(',', '.') : text);
    if (Number.isFinite(value)) return value;
    if (!/^nan$/i.test(text)) {
      this.#reject(row.line, `"${text}" in ${this.#settings.columns[k]!.column} is not a number`, context);
    }
    return Number.NaN;
  }

  #reject(line: number, why: string, { log }: SourceContext): null {
    this.#bad++;
    if (this.#bad <= TOLD) log.warn({ file: this.#settings.file, line }, `line ${line}: ${why}`);
    return null;
  }

  /** How long until a row is due, µs; 0 or less where it is. */
  #aheadUs(fileUs: number, clock: Clock): number {
    const { speed } = this.#settings;
    if (speed === 0) return 0;
    const monotonicUs = clock.monotonicUs();
    this.#pace ??= { fileUs, monotonicUs };
    return (fileUs - this.#pace.fileUs) / speed - (monotonicUs - this.#pace.monotonicUs);
  }

  async *#open(context: SourceContext): AsyncGenerator<Row, void> {
    const parser = parse({
      delimiter: this.#delimiter,
      bom: true,
      info: true,
      from: 2,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: 1_048_576,
    });
    parser.on('skip', (error: CsvError) => this.#reject(error.lines as number, error.message, context));
    const input = createReadStream(this.#settings.file, { highWaterMark: 65_536 });
    input.on('error', (error) => parser.destroy(error));
    input.pipe(parser);
    try {
      const records = parser as AsyncIterable<{ record: string[]; info: { lines: number } }>;
      for await (const { record, info } of records) yield { line: info.lines, cells: record };
    } finally {
      input.destroy();
    }
  }
}

function findColumns(header: string[], { file, timeColumn, columns }: ReplaySettings): Layout {
  const names = header.map((h) => h.trim());
  const find = (name: string): number => {
    const at = names.indexOf(name);
    if (at >= 0) return at;
    throw new LoadcycleError('source.unavailable', `${file} has no column "${name}"`, {
      hint: `it has: ${names.join(', ')}`,
    });
  };
  return { time: find(timeColumn), values: columns.map((c) => find(c.column)), width: names.length };
}

/** The file's beginning up to and with its first line. */
function readHead(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw new LoadcycleError('source.unavailable', `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    const buffer = Buffer.alloc(262_144);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0)).split(/\r?\n/, 1)[0]!;
  } finally {
    closeSync(fd);
  }
}

/** The candidate that the first line has most of. */
function sniffDelimiter(line: string): string {
  const count = (d: string): number => line.split(d).length;
  return [',', ';', '\t', '|'].reduce((best, d) => (count(d) > count(best) ? d : best));
}
