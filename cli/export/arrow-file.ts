import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LoadcycleError } from '@loadcycle/contract';
import { MessageHeader, type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { Message } from 'apache-arrow/ipc/metadata/message';
import type { ResumePoint } from './text-file.ts';

/** A message of an Arrow IPC stream: 0xFFFFFFFF, the length of the metadata, the metadata, the body. */
export interface ArrowMessage {
  readonly kind: 'schema' | 'dictionary' | 'batch' | 'end';
  readonly bytes: Uint8Array;
  /** of a batch */
  readonly rows: number;
  /** time of the last row, µs since the epoch; null where there is none */
  readonly lastUs: number | null;
}

const PREFIX = 8;
const CONTINUATION = 0xffffffff;

/** Cuts a stream into whole messages; what comes at last may be part of one, and is kept back. */
class ArrowSplitter {
  #rest = Buffer.alloc(0);

  /** Throws `request.conflict` where it is no Arrow stream. */
  *push(piece: Uint8Array): Generator<ArrowMessage> {
    this.#rest = Buffer.concat([this.#rest, piece]);
    for (;;) {
      const message = messageAt(this.#rest);
      if (message === null) return;
      this.#rest = this.#rest.subarray(message.bytes.length);
      yield message;
    }
  }
}

function messageAt(buffer: Buffer): ArrowMessage | null {
  if (buffer.length < PREFIX) return null;
  const metadataLength = buffer.readInt32LE(4);
  if (buffer.readUInt32LE(0) !== CONTINUATION || metadataLength < 0) {
    throw new LoadcycleError('request.conflict', 'this is no Arrow stream', {
      hint: 'name another file, or --force',
    });
  }
  if (metadataLength === 0) {
    return { kind: 'end', bytes: buffer.subarray(0, PREFIX), rows: 0, lastUs: null };
  }
  const bodyAt = PREFIX + metadataLength;
  if (buffer.length < bodyAt) return null;
  const message = Message.decode(buffer.subarray(PREFIX, bodyAt));
  const length = bodyAt + Number(message.bodyLength);
  if (buffer.length < length) return null;
  const bytes = buffer.subarray(0, length);
  if (message.headerType === MessageHeader.Schema) return { kind: 'schema', bytes, rows: 0, lastUs: null };
  if (!message.isRecordBatch()) return { kind: 'dictionary', bytes, rows: 0, lastUs: null };
  const batch = message.header();
  const rows = Number(batch.length);
  // the first column is the time: an empty validity buffer, then the values
  const timesAt = bodyAt + Number(batch.buffers[1]!.offset);
  const lastUs = rows === 0 ? null : Number(buffer.readBigInt64LE(timesAt + 8 * (rows - 1)));
  return { kind: 'batch', bytes, rows, lastUs };
}

const PIECE = 1_048_576;

/**
 * How far an Arrow export is whole: to the end of its last whole batch. The API never splits the rows of one time
 * between two batches, so that it goes on after that batch's last time.
 */
export function arrowResumePoint(file: string): ResumePoint {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const splitter = new ArrowSplitter();
    let keepBytes = 0;
    let headBytes = 0;
    let seen = 0;
    let lastUs: number | null = null;
    for (let at = 0; at < size; at += PIECE) {
      const piece = Buffer.alloc(Math.min(PIECE, size - at));
      readSync(fd, piece, 0, piece.length, at);
      for (const message of splitter.push(piece)) {
        seen += message.bytes.length;
        if (message.kind === 'schema') headBytes = seen;
        if (message.kind !== 'batch') continue;
        keepBytes = seen;
        lastUs = message.lastUs ?? lastUs;
      }
    }
    if (lastUs === null) return { keepBytes: 0, fromUs: null, rowsOff: 0 };
    return { keepBytes: Math.max(keepBytes, headBytes), fromUs: lastUs + 1, rowsOff: 0 };
  } finally {
    closeSync(fd);
  }
}

/** Takes the pieces of an Arrow export, writes whole messages only, and says how far they have come. */
export class ArrowProgress {
  rows = 0;
  lastUs: number | null = null;
  readonly #splitter = new ArrowSplitter();
  #skipHead: boolean;

  /** `skipHead`: the file has the schema, and the dictionary of qualities, already */
  constructor(skipHead: boolean) {
    this.#skipHead = skipHead;
  }

  take(piece: Uint8Array): Uint8Array {
    const out: Uint8Array[] = [];
    for (const message of this.#splitter.push(piece)) {
      if (message.kind === 'batch') {
        this.rows += message.rows;
        this.lastUs = message.lastUs ?? this.lastUs;
      }
      if (this.#skipHead && (message.kind === 'schema' || message.kind === 'dictionary')) continue;
      out.push(message.bytes);
    }
    return Buffer.concat(out);
  }
}

/** The batches of an Arrow stream, one at a time. */
export async function* batchesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RecordBatch> {
  yield* await RecordBatchReader.from(pieces);
}
