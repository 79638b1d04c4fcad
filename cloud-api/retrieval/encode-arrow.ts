import { qualityClass } from '@loadcycle/contract';
import {
  AsyncByteQueue,
  Dictionary,
  Field,
  Float64,
  Int8,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { SampleBlock } from './blocks.ts';

const CLASSES = ['good', 'uncertain', 'bad'] as const;
/** place in CLASSES by quality code */
const CLASS_OF = Int8Array.from({ length: 256 }, (_, code) => CLASSES.indexOf(qualityClass(code)));

/** Takes what the writer writes, to be drained after each batch: nothing waits in a queue without a bound. */
class Collector extends AsyncByteQueue {
  pieces: Uint8Array[] = [];
  override write(piece: unknown): void {
    // views of buffers that are changed only after they have been drained
    this.pieces.push(piece as Uint8Array);
  }
}

class DrainedWriter extends RecordBatchStreamWriter {
  readonly collector = new Collector();
  constructor() {
    super({ autoDestroy: false });
    this._sink = this.collector as never;
  }
  drain(): Uint8Array {
    const bytes = Buffer.concat(this.collector.pieces);
    this.collector.pieces = [];
    return bytes;
  }
}

/**
 * Samples as an Arrow IPC stream: `t` timestamp[µs, UTC], `value` float64 (null: the sensor gave none), `quality`
 * dictionary of good, uncertain and bad, `qualityCode` uint8 (contract/quality.ts). Without the last two where
 * the samples are downsampled.
 */
export class ArrowEncoder {
  readonly #writer = new DrainedWriter();
  readonly #schema: Schema;
  #room: Room | null = null;
  readonly #dictionary = vectorFromArray([...CLASSES], new Utf8());
  readonly #qualityType = new Dictionary(new Utf8(), new Int8(), 1);
  readonly #timeType = new TimestampMicrosecond('UTC');

  constructor(qualities: boolean) {
    const fields: Field[] = [new Field('t', this.#timeType, false), new Field('value', new Float64(), true)];
    if (qualities) {
      fields.push(
        new Field('quality', this.#qualityType, false),
        new Field('qualityCode', new Uint8(), false),
      );
    }
    this.#schema = new Schema(fields);
    this.#writer.reset(undefined, this.#schema);
  }

  /** What is made for one batch is copied out before the next one, which is made in the same place. */
  encode(block: SampleBlock): Uint8Array {
    const length = block.count;
    this.#room = roomFor(length, this.#room);
    const { halves, codes, indices, bitmap } = this.#room;
    const value = block.value.subarray(0, length);
    const children = [
      makeData({ type: this.#timeType, length, nullCount: 0, data: int64(block.atUs, length, halves) }),
      makeData({ type: new Float64(), length, data: value, ...validity(value, bitmap) }),
    ] as ReturnType<typeof makeData>[];
    if (block.quality !== null) {
      const { quality } = block;
      for (let i = 0; i < length; i++) {
        const code = quality[i]!;
        codes[i] = code;
        indices[i] = CLASS_OF[code]!;
      }
      children.push(
        makeData({
          type: this.#qualityType,
          length,
          nullCount: 0,
          data: indices.subarray(0, length),
          dictionary: this.#dictionary,
        }),
        makeData({ type: new Uint8(), length, nullCount: 0, data: codes.subarray(0, length) }),
      );
    }
    const data = makeData({ type: new Struct(this.#schema.fields), length, nullCount: 0, children });
    this.#writer.write(new RecordBatch(this.#schema, data as never));
    return this.#writer.drain();
  }

  end(): Uint8Array {
    this.#writer.finish();
    // end-of-stream marker: continuation, and a length of nothing
    return Buffer.concat([this.#writer.drain(), Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)]);
  }
}

interface Room {
  readonly rows: number;
  readonly halves: Uint32Array;
  readonly codes: Uint8Array;
  readonly indices: Int8Array;
  readonly bitmap: Uint8Array;
}

function roomFor(rows: number, before: Room | null): Room {
  if (before !== null && before.rows >= rows) return before;
  return {
    rows,
    halves: new Uint32Array(rows * 2),
    codes: new Uint8Array(rows),
    indices: new Int8Array(rows),
    bitmap: new Uint8Array(Math.ceil(rows / 8)),
  };
}

/** Whole numbers in doubles → int64, by halves: a BigInt for each would cost more than all the rest. */
function int64(values: Float64Array, length: number, halves: Uint32Array): BigInt64Array {
  for (let i = 0; i < length; i++) {
    const v = values[i]!;
    const high = Math.floor(v / 4294967296);
    halves[2 * i] = v - high * 4294967296;
    halves[2 * i + 1] = high;
  }
  return new BigInt64Array(halves.buffer, 0, length);
}

function validity(values: Float64Array, bitmap: Uint8Array): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0;
  const bytes = Math.ceil(values.length / 8);
  bitmap.fill(0, 0, bytes);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]!)) nullCount++;
    else bitmap[i >> 3]! |= 1 << (i & 7);
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmap.subarray(0, bytes) };
}
