/**
 * A CSV file of samples, as `loadcycle import` and the agent's `replay` read it, by one rule.
 *
 * The first line names the columns. A line makes sense as a whole or not at all: as many cells as the first line has, a time,
 * and in each wanted column a number or nothing (an empty cell, or `nan`: a sample that the sensor failed to give). What makes
 * no sense is told with its number and left out. A byte order mark, CRLF, quoted cells and empty lines are taken.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { LoadcycleError } from '@loadcycle/contract';
import { type CsvError, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { type TimeFormat, TimeReader } from './time.ts';

export interface CsvSettings {
  readonly file: string;
  /** null: the one among comma, semicolon, tab and bar that the first line has most of */
  readonly delimiter: string | null;
  readonly decimalComma: boolean;
  readonly timeColumn: string;
  /** null: told from the first time */
  readonly timeFormat: TimeFormat | null;
  /** IANA zone of times without an offset; absent: UTC */
  readonly zone?: string | undefined;
  /** names of the wanted columns */
  readonly columns: readonly string[];
}

export interface CsvRow {
  readonly timeUs: number;
  /** one for each wanted column; NaN: empty */
  readonly values: Float64Array;
  /** number of its line; the first line is 1 */
  readonly line: number;
  /** of the file, up to and with this row */
  readonly bytes: number;
}

/** Told of each line that makes no sense. */
export type OnBadLine = (line: number, why: string) => void;

const HEAD_BYTES = 262_144;
const TAIL_BYTES = 65_536;
const PARSING = {
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: 1_048_576,
} as const;

export class CsvFile {
  readonly #s: CsvSettings;
  readonly #delimiter: string;
  readonly #width: number;
  readonly #timeAt: number;
  readonly #at: readonly number[];

  /** Reads the first line. Throws `source.unavailable` where the file or a column is not there. */
  constructor(settings: CsvSettings) {
    this.#s = settings;
    const head = firstLine(settings.file);
    this.#delimiter = settings.delimiter === '\\t' ? '\t' : (settings.delimiter ?? sniff(head));
    const names = this.#cells(head).map((name) => name.trim());
    this.#width = names.length;
    const find = (name: string): number => {
      const at = names.indexOf(name);
      if (at < 0) throw unreadable(`${settings.file} has no column "${name}"`, `it has: ${names.join(', ')}`);
      if (names.indexOf(name, at + 1) < 0) return at;
      throw unreadable(
        `${settings.file} has more than one column "${name}"`,
        'rename them in its first line',
      );
    };
    this.#timeAt = find(settings.timeColumn);
    this.#at = settings.columns.map(find);
  }

  /**
   * The rows, one by one, as fast as they are taken: a file of any size needs no memory. Throws `source.unavailable` where
   * the file cannot be read, and at its end where no line made sense, with the first reason.
   */
  async *rows(bad: OnBadLine): AsyncGenerator<CsvRow, void> {
    const times = new TimeReader(this.#s.timeFormat, this.#s.zone);
    let good = 0;
    let first: string | undefined;
    const reject = (line: number, why: string): void => {
      first ??= `line ${line}: ${why}`;
      bad(line, why);
    };
    const parser = parse({
      ...PARSING,
      delimiter: this.#delimiter,
      info: true,
      from: 2,
      skip_records_with_error: true,
    });
    parser.on('skip', (error: CsvError) => reject(error.lines as number, error.message));
    const input = createReadStream(this.#s.file, { highWaterMark: 65_536 });
    input.on('error', (error) => parser.destroy(unreadable(`cannot read ${this.#s.file}: ${error.message}`)));
    input.pipe(parser);
    try {
      const records = parser as AsyncIterable<{ record: string[]; info: { lines: number; bytes: number } }>;
      for await (const { record, info } of records) {
        let row: CsvRow;
        try {
          row = this.#row(record, info.lines, info.bytes, times);
        } catch (error) {
          reject(info.lines, (error as Error).message);
          continue;
        }
        good++;
        yield row;
      }
    } finally {
      input.destroy();
    }
    if (good === 0)
      throw unreadable(
        `${this.#s.file} has no rows that make sense`,
        first ?? 'it ends after its first line',
      );
  }

  /** The times of its first line that makes sense, and of its last; null where one of them was not found. */
  async span(): Promise<{ firstUs: number; lastUs: number } | null> {
    for await (const { timeUs: firstUs } of this.rows(() => {})) {
      const lastUs = this.#lastUs();
      return lastUs !== null ? { firstUs, lastUs } : null;
    }
    return null;
  }

  #lastUs(): number | null {
    const times = new TimeReader(this.#s.timeFormat, this.#s.zone);
    for (const line of tailOf(this.#s.file).reverse()) {
      try {
        return this.#row(this.#cells(line), 0, 0, times).timeUs;
      } catch {
        // the line before may make sense
      }
    }
    return null;
  }

  #row(cells: readonly string[], line: number, bytes: number, times: TimeReader): CsvRow {
    if (cells.length !== this.#width) throw new Error(`${cells.length} columns instead of ${this.#width}`);
    const timeUs = times.read(cells[this.#timeAt]!.trim());
    return { timeUs, values: Float64Array.from(this.#at, (i) => this.#number(cells[i]!)), line, bytes };
  }

  #number(cell: string): number {
    const text = cell.trim();
    if (text === '' || /^nan$/i.test(text)) return Number.NaN;
    const value = Number(this.#s.decimalComma ? text.replace(',', '.') : text);
    if (Number.isFinite(value)) return value;
    throw new Error(`"${text}" is not a number`);
  }

  #cells(line: string): string[] {
    try {
      const rows = parseNow(line, { ...PARSING, delimiter: this.#delimiter }) as string[][];
      return rows[0] ?? [];
    } catch (error) {
      throw unreadable(`${this.#s.file} is not read as CSV: ${(error as Error).message}`);
    }
  }
}

const unreadable = (message: string, hint?: string): LoadcycleError =>
  new LoadcycleError('source.unavailable', message, hint === undefined ? {} : { hint });

function readPart(file: string, part: (size: number) => { from: number; bytes: number }): string {
  let fd: number | null = null;
  try {
    fd = openSync(file, 'r');
    const { from, bytes } = part(fstatSync(fd).size);
    const buffer = Buffer.alloc(bytes);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, bytes, from));
  } catch (cause) {
    throw new LoadcycleError('source.unavailable', `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

const firstLine = (file: string): string =>
  readPart(file, () => ({ from: 0, bytes: HEAD_BYTES })).split(/\r?\n/, 1)[0]!;

/** Its last lines; the first of them may be a part of one. */
const tailOf = (file: string): string[] =>
  readPart(file, (size) => ({ from: Math.max(0, size - TAIL_BYTES), bytes: Math.min(size, TAIL_BYTES) }))
    .split(/\r?\n/)
    .filter((line) => line !== '');

/** The candidate that the first line has most of. */
const sniff = (line: string): string =>
  [',', ';', '\t', '|'].reduce((best, d) => (line.split(d).length > line.split(best).length ? d : best));
