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

/** Takes what the writer writes, to be drained after each batch: nothing waits in a queue without a bound. */
class Collector extends AsyncByteQueue {
  pieces: Uint8Array[] = [];
  override write(piece: unknown): void {
    // the writer hands on views of buffers that are not changed afterwards
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

  encode(block: SampleBlock): Uint8Array {
    const length = block.count;
    const children = [
      makeData({ type: this.#timeType, length, nullCount: 0, data: int64(block.atUs, length) }),
      makeData({
        type: new Float64(),
        length,
        data: block.value.slice(0, length),
        ...validity(block.value, length),
      }),
    ] as ReturnType<typeof makeData>[];
    if (block.quality !== null) {
      const codes = Uint8Array.from(block.quality.subarray(0, length));
      const indices = Int8Array.from(codes, (code) => CLASSES.indexOf(qualityClass(code)));
      children.push(
        makeData({
          type: this.#qualityType,
          length,
          nullCount: 0,
          data: indices,
          dictionary: this.#dictionary,
        }),
        makeData({ type: new Uint8(), length, nullCount: 0, data: codes }),
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

/** Whole numbers in doubles → int64, by halves: a BigInt for each would cost more than all the rest. */
function int64(values: Float64Array, length: number): BigInt64Array {
  const halves = new Uint32Array(length * 2);
  for (let i = 0; i < length; i++) {
    const v = values[i]!;
    const high = Math.floor(v / 4294967296);
    halves[2 * i] = v - high * 4294967296;
    halves[2 * i + 1] = high;
  }
  return new BigInt64Array(halves.buffer);
}

function validity(values: Float64Array, length: number): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0;
  const bitmap = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < length; i++) {
    const v = values[i]!;
    if (Number.isNaN(v)) nullCount++;
    else bitmap[i >> 3]! |= 1 << (i & 7);
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmap };
}
