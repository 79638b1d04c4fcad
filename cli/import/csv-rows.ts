import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { parse as parseNow } from 'csv-parse/sync';
import { UsageError } from '../exit-codes.ts';
import { csvTimeUs, type TimeFormat, timeFormatOf } from './csv-time.ts';

/** One column of the file, and the signal that it becomes. */
export interface ImportColumn {
  readonly column: string;
  readonly signal: string;
  readonly unit: string;
}

export interface CsvSettings {
  readonly file: string;
  /** null: the one among comma, semicolon, tab and bar that the first line has most of */
  readonly delimiter: string | null;
  readonly decimalComma: boolean;
  readonly timeColumn: string;
  /** null: told from the first time */
  readonly timeFormat: TimeFormat | null;
  readonly columns: readonly ImportColumn[];
}

export interface CsvRow {
  readonly timeUs: number;
  /** one for each column; NaN: empty */
  readonly values: Float64Array;
  /** of the file, up to and with this row */
  readonly bytes: number;
}

/** What the first line says: where the columns are. Throws a {@link UsageError} where one is missing. */
export async function columnsOf(s: CsvSettings) {
  const head = await firstLine(s.file);
  const delimiter = s.delimiter ?? sniff(head);
  const names = namesOf(head, delimiter, s.file);
  const timeAt = find(names, s.timeColumn, s.file);
  return { delimiter, names, timeAt, at: s.columns.map((c) => find(names, c.column, s.file)) };
}

/**
 * The rows of a file, one by one. A line that makes no sense is told to `bad` with its number and left out; an empty
 * cell is a sample that the sensor failed to give. Throws a {@link UsageError} where a column is missing.
 */
export async function* csvRows(
  s: CsvSettings,
  bad: (line: number, why: string) => void,
): AsyncGenerator<CsvRow> {
  const { delimiter, names, timeAt, at } = await columnsOf(s);
  let format = s.timeFormat;
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    from: 2,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: 1_048_576,
  });
  const input = createReadStream(s.file);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number; bytes: number };
    }>) {
      try {
        if (record.length !== names.length) {
          throw new Error(`${record.length} columns instead of ${names.length}`);
        }
        const time = record[timeAt]!.trim();
        format ??= timeFormatOf(time);
        const timeUs = csvTimeUs(time, format);
        yield { timeUs, values: Float64Array.from(at, (i) => number(record[i]!, s)), bytes: info.bytes };
      } catch (error) {
        bad(info.lines, (error as Error).message);
      }
    }
  } catch (error) {
    throw error instanceof CsvError
      ? new UsageError(`${s.file} is not read as CSV: ${error.message}`)
      : error;
  } finally {
    input.destroy();
  }
}

function number(cell: string, { decimalComma }: CsvSettings): number {
  const text = cell.trim();
  if (text === '' || /^nan$/i.test(text)) return Number.NaN;
  const value = Number(decimalComma ? text.replace(',', '.') : text);
  if (Number.isFinite(value)) return value;
  throw new Error(`"${text}" is not a number`);
}

function namesOf(head: string, delimiter: string, file: string): string[] {
  try {
    const rows = parseNow(head, { delimiter, bom: true, relax_quotes: true }) as string[][];
    return (rows[0] ?? []).map((name) => name.trim());
  } catch (error) {
    throw new UsageError(`${file} is not read as CSV: ${(error as Error).message}`);
  }
}

function find(names: readonly string[], name: string, file: string): number {
  const at = names.indexOf(name);
  if (at >= 0 && names.indexOf(name, at + 1) >= 0) {
    throw new UsageError(`${file} has more than one column "${name}"`, 'rename them in its first line');
  }
  if (at >= 0) return at;
  throw new UsageError(`${file} has no column "${name}"`, `it has: ${names.join(', ')}`);
}

async function firstLine(file: string): Promise<string> {
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(262_144), 0, 262_144, 0);
    return buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0]!;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const sniff = (line: string): string =>
  [',', ';', '\t', '|'].reduce((best, d) => (line.split(d).length > line.split(best).length ? d : best));
