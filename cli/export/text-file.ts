import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LoadcycleError, parseTimeUs } from '@loadcycle/contract';

/** How far a file of an earlier export is whole. */
export interface ResumePoint {
  /** what is kept of the file; the rest is cut off */
  readonly keepBytes: number;
  /** where to go on, µs since the epoch; null: nothing is in it */
  readonly fromUs: number | null;
  /** whole rows among what is cut off */
  readonly rowsOff: number;
}

const FIRST_SPAN = 65_536;
const NEWLINE = 10;

/**
 * Reads a CSV or NDJSON export from its end. The last line may be cut; of the last time that is whole there may be
 * more rows than the file has: its rows are taken out, and asked for again.
 */
export function textResumePoint(file: string, format: 'csv' | 'ndjson'): ResumePoint {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    for (let span = FIRST_SPAN; ; span *= 4) {
      const start = Math.max(0, size - span);
      const bytes = Buffer.alloc(size - start);
      readSync(fd, bytes, 0, bytes.length, start);
      const found = lastTime(bytes, start === 0, (line) => timeOf(line, format, file));
      if (found !== null) return { ...found, keepBytes: start + found.keepBytes };
    }
  } finally {
    closeSync(fd);
  }
}

/** null: the piece does not reach far enough back. */
function lastTime(bytes: Buffer, whole: boolean, time: (line: string) => number | null): ResumePoint | null {
  let end = bytes.lastIndexOf(NEWLINE);
  let lastUs: number | null = null;
  let rowsOff = 0;
  while (end >= 0) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(NEWLINE, end - 1);
    if (before < 0 && !whole) return null;
    const us = time(bytes.toString('utf8', before + 1, end));
    // another time, or the head of the columns
    if (us === null || (lastUs !== null && us !== lastUs))
      return { keepBytes: end + 1, fromUs: lastUs, rowsOff };
    lastUs = us;
    rowsOff++;
    end = before;
  }
  return whole ? { keepBytes: 0, fromUs: lastUs, rowsOff } : null;
}

const CSV_HEAD = 't,value,quality,reason';

function timeOf(line: string, format: 'csv' | 'ndjson', file: string): number | null {
  try {
    if (format === 'ndjson') return parseTimeUs((JSON.parse(line) as { t: string }).t);
    return line === CSV_HEAD ? null : parseTimeUs(line.slice(0, line.indexOf(',')));
  } catch (cause) {
    throw new LoadcycleError('request.conflict', `${file} is no ${format} export`, {
      cause,
      hint: 'name another file, or --force',
    });
  }
}

/** Takes the pieces of a text export, and says how far they have come. */
export class TextProgress {
  rows = 0;
  lastUs: number | null = null;
  readonly #format: 'csv' | 'ndjson';
  #skipHead: boolean;
  #rest = '';

  /** `skipHead`: the file has the head of its columns already */
  constructor(format: 'csv' | 'ndjson', skipHead: boolean) {
    this.#format = format;
    this.#skipHead = skipHead && format === 'csv';
    if (format === 'csv') this.rows = skipHead ? 0 : -1;
  }

  /** What is to be written of a piece. */
  take(piece: Uint8Array): Uint8Array {
    let bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (this.#skipHead) {
      const end = bytes.indexOf(NEWLINE);
      this.#skipHead = end < 0;
      bytes = end < 0 ? bytes.subarray(bytes.length) : bytes.subarray(end + 1);
    }
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) this.rows++;
    const end = bytes.lastIndexOf(NEWLINE);
    if (end >= 0) {
      const before = bytes.lastIndexOf(NEWLINE, end - 1);
      const line = `${before < 0 ? this.#rest : ''}${bytes.toString('utf8', before + 1, end)}`;
      if (line !== CSV_HEAD && line !== '') this.lastUs = timeOf(line, this.#format, 'the answer');
      this.#rest = bytes.toString('utf8', end + 1);
    } else this.#rest += bytes.toString('utf8');
    return bytes;
  }
}
