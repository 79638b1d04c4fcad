import { BAD } from '@loadcycle/contract';
import { ChunkEdges } from '@loadcycle/database/chunk-walk';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { type SampleChunk, samplesAfter } from '../cycles/chunk.ts';
import type { StoredRows } from '../validation/revalidate.ts';
import { readRows } from '../work/stored-rows.ts';

interface LedgerRow {
  t0Us: number;
  endUs: number;
  count: number;
  periodUs: number | null;
  session: string;
  seq: number;
}

export interface HistorySlice {
  /** in time order, nothing overlaps; bad samples are NaN */
  readonly chunks: SampleChunk[];
  readonly batches: readonly { readonly session: string; readonly seq: number }[];
  /** time of the last sample, µs; null where there was nothing */
  readonly endUs: number | null;
  /** nothing comes after it */
  readonly last: boolean;
}

const BATCHES = 2_000;

/**
 * The next stretch of a signal's rows after `afterUs` (null: from the first one), about `samples` of them, in the chunks
 * in which they came: the segmenter's results depend on whether sampling was regular, which the ledger knows. Where
 * batches overlap in time (they should not) their rows are one irregular stretch, and of two rows of the same
 * instant the better one counts, so that any order of arrival gives the same. Batches whose rows are gone by retention
 * are passed over.
 */
export async function readHistory(
  tx: Queryable,
  signalId: number,
  afterUs: number | null,
  untilUs: number | null,
  samples: number,
): Promise<HistorySlice> {
  const beforeUs = afterUs === null ? null : await batchAround(tx, signalId, afterUs);
  const ledger = await tx.query<LedgerRow>(
    `SELECT ${us('t0')} AS "t0Us", ${us('t_end')} AS "endUs", count, period AS "periodUs", session, seq FROM batch
     WHERE signal_id = $1 AND ($2::bigint IS NULL OR t0 > ${ts('$2')}) AND ($3::bigint IS NULL OR t0 <= ${ts('$3')})
     ORDER BY t0, t_end, session, seq LIMIT ${BATCHES}`,
    [signalId, beforeUs, untilUs],
  );
  let total = 0;
  let n = 0;
  let endUs = Number.NEGATIVE_INFINITY;
  // sparse samples lie in many chunks where others are dense
  const range = { fromUs: ledger[0]?.t0Us ?? 0, toUs: (ledger.at(-1)?.t0Us ?? 0) + 1 };
  const edgeUs = (await ChunkEdges.read(tx, 'sample', range)).within(range.fromUs, Number.POSITIVE_INFINITY);
  while (n < ledger.length && ((total < samples && ledger[n]!.t0Us < edgeUs) || ledger[n]!.t0Us <= endUs)) {
    total += ledger[n]!.count;
    endUs = Math.max(endUs, ledger[n]!.endUs);
    n++;
  }
  if (n === 0) return { chunks: [], batches: [], endUs: null, last: true };
  const batches = ledger.slice(0, n);
  const rows = await readRows(tx, signalId, batches[0]!.t0Us, endUs);
  const chunks = chunksOf(batches, rows);
  return {
    chunks: afterUs === null ? chunks : chunks.flatMap((c) => samplesAfter(c, afterUs) ?? []),
    batches,
    endUs,
    last: n === ledger.length && ledger.length < BATCHES,
  };
}

/** The time that the first batch with samples after `afterUs` begins after: it may have begun before that. */
async function batchAround(tx: Queryable, signalId: number, afterUs: number): Promise<number> {
  const [row] = await tx.query<{ t0Us: number; endUs: number }>(
    `SELECT ${us('t0')} AS "t0Us", ${us('t_end')} AS "endUs" FROM batch
     WHERE signal_id = $1 AND t0 <= ${ts('$2')} ORDER BY t0 DESC LIMIT 1`,
    [signalId, afterUs],
  );
  return row !== undefined && row.endUs > afterUs ? row.t0Us - 1 : afterUs;
}

function chunksOf(batches: readonly LedgerRow[], { timesUs: times, ...rows }: StoredRows): SampleChunk[] {
  const chunks: SampleChunk[] = [];
  const values = rows.values.map((v, i) => (rows.quality[i]! >= BAD ? Number.NaN : v));
  let at = 0;
  for (let i = 0; i < batches.length; ) {
    // batches that overlap, as one cluster
    let j = i + 1;
    let endUs = batches[i]!.endUs;
    while (j < batches.length && batches[j]!.t0Us <= endUs) endUs = Math.max(endUs, batches[j++]!.endUs);
    while (at < times.length && times[at]! < batches[i]!.t0Us) at++;
    const from = at;
    while (at < times.length && times[at]! <= endUs) at++;
    const { t0Us, periodUs, count } = batches[i]!;
    if (at - from === count && j === i + 1 && periodUs !== null) {
      chunks.push({ t0Us, dtUs: periodUs, offsetsUs: null, values: values.subarray(from, at) });
    } else if (at > from) chunks.push(irregular(times, values, from, at));
    i = j;
  }
  return chunks;
}

/** Of rows of the same instant the first one counts: the better quality, then the lesser value. */
function irregular(times: Float64Array, values: Float64Array, from: number, to: number): SampleChunk {
  const t0Us = times[from]!;
  const offsets: number[] = [];
  const kept: number[] = [];
  for (let i = from; i < to; i++) {
    if (i > from && times[i] === times[i - 1]) continue;
    offsets.push(times[i]! - t0Us);
    kept.push(values[i]!);
  }
  return { t0Us, dtUs: null, offsetsUs: Float64Array.from(offsets), values: Float64Array.from(kept) };
}
