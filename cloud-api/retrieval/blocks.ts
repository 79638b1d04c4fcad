import { ChunkEdges, edgeRow } from '@loadcycle/database/chunk-walk';
import { type ColumnChunk, decodeColumns, type NumericType } from '@loadcycle/database/copy-decoder';
import type { Database } from '@loadcycle/database/port';
import { integerLiteral, timeLiteral } from './literal.ts';
import { qualityCondition } from './quality.ts';
import type { SamplesWanted } from './samples.ts';

/** Some samples by column, ascending in time. Those of `sampleBlocks` are good until the next but one is asked for. */
export interface SampleBlock {
  readonly count: number;
  /** µs since the epoch */
  readonly atUs: Float64Array;
  /** NaN: the sensor gave none */
  readonly value: Float64Array;
  /** null: downsampled, so that no one sample's quality is meant */
  readonly quality: Float64Array | null;
}

/** Rows in one slice where there is one connection only (fewer than its cursor gives at once), and where there are more. */
const SHARED_ROWS = { first: 10_000, least: 2_000, most: 19_999 };
const OWN_ROWS = { first: 20_000, least: 20_000, most: 20_000 };
/** A slice that takes longer than this is made smaller: landing waits for it where the connection is shared. */
const PATIENCE_MS = 80;

/**
 * All samples of a range, block by block, with bounded memory. Each block is one short query of its own: no reader,
 * however slow, holds a connection while it thinks, and landing gets its turn between two blocks. Rows of one time
 * are never split between blocks.
 */
export async function* sampleBlocks(
  db: Database,
  wanted: SamplesWanted,
  periodUs: number | null,
): AsyncGenerator<SampleBlock> {
  const bounds = db.features.singleConnection ? SHARED_ROWS : OWN_ROWS;
  // one block is being sent while the next is read: two sets of columns serve them all, and nothing is left to collect
  const rooms = [roomFor(bounds.most), roomFor(bounds.most)] as const;
  let given = 0;
  let limit = bounds.first;
  let widthUs = Math.max(1_000_000, (periodUs ?? 1000) * limit);
  let atUs = wanted.fromUs;
  const edges = await ChunkEdges.read(db, 'sample', wanted);
  while (atUs < wanted.toUs) {
    const endUs = edges.within(atUs, Math.min(Math.round(atUs + widthUs), wanted.toUs));
    const started = performance.now();
    const block = await fetchBlock(db, wanted, atUs, endUs, { limit, room: rooms[given % 2]! });
    const ms = performance.now() - started;
    if (block.count < limit) {
      if (block.count > 0) {
        given++;
        yield block;
      }
      atUs = endUs;
      const fill = limit / Math.max(1, block.count);
      widthUs = Math.min(widthUs * Math.max(0.25, Math.min(4, 0.8 * fill)), 9e15);
      if (block.count === 0 && atUs < wanted.toUs) {
        const next = await firstAfter(db, wanted, atUs);
        if (next === null) return;
        atUs = next;
        // what comes now is as dense as the signal says, not as empty as what was before it
        widthUs = Math.max(1_000_000, (periodUs ?? 1000) * limit);
      }
    } else {
      const whole = wholeTimes(block);
      // a time with more rows than a slice: it comes in one, whatever its size
      if (whole === 0) {
        atUs = block.atUs[0]! + 1;
        yield await fetchBlock(db, wanted, atUs - 1, atUs, null);
      } else {
        atUs = block.atUs[whole]!;
        given++;
        yield headOf(block, whole);
      }
      widthUs = Math.max(1_000_000, (block.atUs[limit - 1]! - block.atUs[0]!) * 1.2);
    }
    if (ms > PATIENCE_MS) limit = Math.max(bounds.least, Math.floor(limit / 2));
    else if (ms < PATIENCE_MS / 3) limit = Math.min(bounds.most, Math.floor(limit * 1.5));
  }
}

const TYPES: readonly NumericType[] = ['timestamptz', 'float8', 'int2'];

const roomFor = (rows: number): Float64Array[] => TYPES.map(() => new Float64Array(rows));

/** With `limit`, into `room`, which must hold so many; without, all there are into columns of their own. */
async function fetchBlock(
  db: Database,
  wanted: SamplesWanted,
  fromUs: number,
  toUs: number,
  most: { limit: number; room: readonly Float64Array[] } | null,
): Promise<SampleBlock> {
  const sql = `SELECT ts, value, quality FROM sample WHERE ${where(wanted, fromUs, toUs)}
    ORDER BY ts${most === null ? '' : ` LIMIT ${integerLiteral(most.limit)}`}`;
  const room = most?.room.map((column) => column.subarray(0, most.limit)) ?? 16_384;
  const chunks: ColumnChunk[] = [];
  for await (const chunk of decodeColumns(db.copyOut(sql), TYPES, room)) chunks.push(chunk);
  const count = chunks.reduce((n, c) => n + c.rows, 0);
  const joined = (column: number): Float64Array => {
    if (chunks.length === 1) return chunks[0]!.columns[column]!.subarray(0, count);
    const out = new Float64Array(count);
    let at = 0;
    for (const c of chunks) {
      out.set(c.columns[column]!.subarray(0, c.rows), at);
      at += c.rows;
    }
    return out;
  };
  return { count, atUs: joined(0), value: joined(1), quality: joined(2) };
}

function where(wanted: SamplesWanted, fromUs: number, toUs: number): string {
  return `signal_id = ${integerLiteral(wanted.signalId)} AND ts >= ${timeLiteral(fromUs)}
    AND ts < ${timeLiteral(toUs)} AND ${qualityCondition(wanted.quality)}`;
}

/** Time of the first sample from `fromUs` on, so that an empty stretch is jumped over. */
function firstAfter(db: Database, wanted: SamplesWanted, fromUs: number): Promise<number | null> {
  const { signalId, toUs, quality } = wanted;
  return edgeRow(db, 'sample', { signalId, fromUs, toUs, order: 'ASC', where: qualityCondition(quality) });
}

/** Rows before the last time in a full block: of that time there may be more. */
function wholeTimes({ atUs, count }: SampleBlock): number {
  const last = atUs[count - 1];
  let whole = count;
  while (whole > 0 && atUs[whole - 1] === last) whole--;
  return whole;
}

function headOf(block: SampleBlock, count: number): SampleBlock {
  return {
    count,
    atUs: block.atUs.subarray(0, count),
    value: block.value.subarray(0, count),
    quality: block.quality?.subarray(0, count) ?? null,
  };
}
