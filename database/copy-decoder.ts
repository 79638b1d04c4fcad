import { LoadcycleError } from '@loadcycle/contract';
import { COPY_HEADER_BYTES, isCopyHeader, POSTGRES_EPOCH_US } from './copy-format.ts';

/** Types that come out as numbers. `timestamptz` is µs since the Unix epoch. */
export type NumericType = 'timestamptz' | 'int2' | 'int4' | 'int8' | 'float4' | 'float8' | 'bool';

/** Some rows, by column; NaN where a value is NULL. */
export interface ColumnChunk {
  readonly rows: number;
  readonly columns: Float64Array[];
}

const BYTES: Record<NumericType, number> = {
  timestamptz: 8,
  int2: 2,
  int4: 4,
  int8: 8,
  float4: 4,
  float8: 8,
  bool: 1,
};

/**
 * Reads what `copyOut` yields into columns of numbers, chunk by chunk, however the pieces were cut. `types` are those
 * of the query's columns, in order. Throws `store.schema` where the stream is something else.
 */
export async function* decodeColumns(
  pieces: AsyncIterable<Uint8Array>,
  types: readonly NumericType[],
  chunkRows = 8_192,
): AsyncGenerator<ColumnChunk> {
  const room = () => types.map(() => new Float64Array(chunkRows));
  let rest: Uint8Array = new Uint8Array(0);
  let started = false;
  let ended = false;
  let columns = room();
  let rows = 0;
  for await (const piece of pieces) {
    if (ended) continue; // to the end, so that the connection stays good
    const bytes = rest.byteLength === 0 ? piece : Buffer.concat([rest, piece]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (!started) {
      if (bytes.byteLength < COPY_HEADER_BYTES) {
        rest = bytes;
        continue;
      }
      if (!isCopyHeader(bytes)) throw notThat('it does not begin as binary COPY');
      at = COPY_HEADER_BYTES + view.getInt32(COPY_HEADER_BYTES - 4);
      started = true;
    }
    for (;;) {
      const end = tuple(view, at, types, columns, rows);
      ended = end === TRAILER;
      if (ended || end === CUT) break;
      at = end;
      if (++rows === chunkRows) {
        yield { rows, columns };
        columns = room();
        rows = 0;
      }
    }
    rest = bytes.subarray(at);
  }
  if (!ended) throw notThat('it ends before its trailer');
  if (rows > 0) yield { rows, columns: columns.map((c) => c.subarray(0, rows)) };
}

const CUT = -1;
const TRAILER = -2;

/** Reads one tuple into row `row`; its end, or that it is cut off, or the trailer. */
function tuple(
  view: DataView,
  from: number,
  types: readonly NumericType[],
  to: Float64Array[],
  row: number,
): number {
  const { byteLength } = view;
  let at = from + 2;
  if (at > byteLength) return CUT;
  const fields = view.getInt16(from);
  if (fields === -1) return TRAILER;
  if (fields !== types.length) throw notThat(`${fields} columns where ${types.length} are expected`);
  for (let i = 0; i < fields; i++) {
    if (at + 4 > byteLength) return CUT;
    const length = view.getInt32(at);
    at += 4;
    if (length === -1) {
      to[i]![row] = Number.NaN;
      continue;
    }
    const type = types[i]!;
    if (length !== BYTES[type]) throw notThat(`column ${i + 1} is no ${type}`);
    if (at + length > byteLength) return CUT;
    to[i]![row] = read(view, at, type);
    at += length;
  }
  return at;
}

function read(view: DataView, at: number, type: NumericType): number {
  switch (type) {
    case 'float8':
      return view.getFloat64(at);
    case 'timestamptz':
      return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4) + POSTGRES_EPOCH_US;
    case 'int8':
      return view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
    case 'int4':
      return view.getInt32(at);
    case 'int2':
      return view.getInt16(at);
    case 'float4':
      return view.getFloat32(at);
    case 'bool':
      return view.getInt8(at);
  }
}

function notThat(why: string): LoadcycleError {
  return new LoadcycleError('store.schema', `unexpected COPY stream: ${why}`);
}
