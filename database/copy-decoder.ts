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
 * of the query's columns, in order. `room` is the number of rows of a chunk, or columns that are filled again and
 * again: then a chunk is good until the next one is asked for. Throws `store.schema` where the stream is something else.
 */
export async function* decodeColumns(
  pieces: AsyncIterable<Uint8Array>,
  types: readonly NumericType[],
  room: number | readonly Float64Array[] = 8_192,
): AsyncGenerator<ColumnChunk> {
  const given = typeof room === 'number' ? null : [...room];
  const fresh = (): Float64Array[] => given ?? types.map(() => new Float64Array(room as number));
  const longest = types.reduce((bytes, type) => bytes + 4 + BYTES[type], 2);
  let columns = fresh();
  const chunkRows = columns[0]?.length ?? 0;
  let rest: Uint8Array = new Uint8Array(0);
  let started = false;
  let ended = false;
  let rows = 0;
  for await (const piece of pieces) {
    if (ended) continue; // to the end, so that the connection stays good
    // what was cut off is made whole with the piece's beginning: the piece itself is not copied
    let joined = rest.byteLength > 0;
    let bytes = joined ? Buffer.concat([rest, started ? piece.subarray(0, longest) : piece]) : piece;
    let view = viewOf(bytes);
    let at = 0;
    if (!started) {
      if (bytes.byteLength < COPY_HEADER_BYTES) {
        rest = bytes;
        continue;
      }
      if (!isCopyHeader(bytes)) throw notThat('it does not begin as binary COPY');
      at = COPY_HEADER_BYTES + view.getInt32(COPY_HEADER_BYTES - 4);
      started = true;
      joined = false;
    }
    for (;;) {
      if (joined && at >= rest.byteLength) {
        at -= rest.byteLength;
        bytes = piece;
        view = viewOf(bytes);
        joined = false;
      }
      const end = tuple(view, at, types, columns, rows);
      ended = end === TRAILER;
      if (ended || end === CUT) break;
      at = end;
      if (++rows === chunkRows) {
        yield { rows, columns };
        columns = fresh();
        rows = 0;
      }
    }
    // still cut in what was joined: the piece was shorter than one tuple, and all of it is in there
    rest = bytes.subarray(at);
  }
  if (!ended) throw notThat('it ends before its trailer');
  if (rows > 0) yield { rows, columns: columns.map((c) => c.subarray(0, rows)) };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

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
