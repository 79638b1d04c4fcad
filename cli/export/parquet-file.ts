import { zstdCompressSync } from 'node:zlib';
import type { RecordBatch } from 'apache-arrow';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** Rows of a row group: the eight-byte columns of one still fit in a page of a mebibyte, and memory stays small. */
const GROUP_ROWS = 122_880;

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: 4 },
  {
    name: 't',
    type: 'INT64',
    repetition_type: 'REQUIRED',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  { name: 'value', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  {
    name: 'quality',
    type: 'BYTE_ARRAY',
    repetition_type: 'REQUIRED',
    converted_type: 'UTF8',
    logical_type: { type: 'STRING' },
  },
  { name: 'qualityCode', type: 'INT32', repetition_type: 'REQUIRED', converted_type: 'UINT_8' },
];

/** Columns of a batch as they lie in memory: nothing is made for each row. */
interface Columns {
  readonly t: BigInt64Array;
  readonly value: Float64Array;
  /** null: no value is missing */
  readonly valid: Uint8Array | null;
  readonly quality: Int8Array;
  readonly classes: readonly string[];
  readonly qualityCode: Uint8Array;
}

/**
 * Batches of an Arrow export → the bytes of a Parquet file, a row group at a time: `t` TIMESTAMP(MICROS, UTC) by its
 * differences, `value` DOUBLE (null: the sensor gave none), `quality` by a dictionary, `qualityCode`; all with zstd.
 * Row groups are cut by the count of rows alone: the same rows are the same bytes, however they came.
 */
export async function* parquetOf(
  batches: AsyncIterable<RecordBatch>,
  about: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const out = new ByteWriter();
  const taken = (): Uint8Array => {
    const bytes = new Uint8Array(out.buffer.slice(0, out.index));
    out.index = 0;
    return bytes;
  };
  const file = new ParquetWriter({
    writer: out,
    schema: SCHEMA,
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: 'loadcycle',
    kvMetadata: Object.entries(about).map(([key, value]) => ({ key: `loadcycle.${key}`, value })),
  });
  const group = new Group();
  const write = async (): Promise<Uint8Array> => {
    await file.write({ columnData: group.take(), rowGroupSize: GROUP_ROWS });
    return taken();
  };
  for await (const batch of batches) {
    const columns = columnsOf(batch);
    for (let from = 0; from < batch.numRows; ) {
      from += group.add(columns, from, batch.numRows);
      if (group.rows === GROUP_ROWS) yield await write();
    }
  }
  if (group.rows > 0) yield await write();
  await file.finish();
  yield taken();
}

function columnsOf(batch: RecordBatch): Columns {
  const [t, value, quality, qualityCode] = batch.data.children as [never, never, never, never] as [
    { values: BigInt64Array },
    { values: Float64Array; nullCount: number; nullBitmap: Uint8Array },
    { values: Int8Array; dictionary: { toArray(): string[] } },
    { values: Uint8Array },
  ];
  return {
    t: t.values,
    value: value.values,
    valid: value.nullCount === 0 ? null : value.nullBitmap,
    quality: quality.values,
    classes: [...quality.dictionary.toArray()],
    qualityCode: qualityCode.values,
  };
}

/** What has been gathered for the next row group. */
class Group {
  rows = 0;
  readonly #t = new BigInt64Array(GROUP_ROWS);
  readonly #value: (number | null)[] = [];
  readonly #quality: string[] = [];
  readonly #qualityCode = new Int32Array(GROUP_ROWS);

  /** Takes rows from `from` on, as many as there is room for; gives their number. */
  add(c: Columns, from: number, to: number): number {
    const count = Math.min(to - from, GROUP_ROWS - this.rows);
    this.#t.set(c.t.subarray(from, from + count), this.rows);
    this.#qualityCode.set(c.qualityCode.subarray(from, from + count), this.rows);
    for (let i = from; i < from + count; i++) {
      const there = c.valid === null || (c.valid[i >> 3]! & (1 << (i & 7))) !== 0;
      this.#value.push(there ? c.value[i]! : null);
      this.#quality.push(c.classes[c.quality[i]!]!);
    }
    this.rows += count;
    return count;
  }

  take() {
    const { rows } = this;
    this.rows = 0;
    return [
      { name: 't', data: this.#t.slice(0, rows), encoding: 'DELTA_BINARY_PACKED' as const },
      { name: 'value', data: this.#value.splice(0) },
      { name: 'quality', data: this.#quality.splice(0), encoding: 'RLE_DICTIONARY' as const },
      {
        name: 'qualityCode',
        data: this.#qualityCode.slice(0, rows),
        encoding: 'RLE_DICTIONARY' as const,
      },
    ];
  }
}
