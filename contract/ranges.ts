/**
 * Sets of sequence numbers as sorted, disjoint, inclusive ranges `[[40,42],[45,45]]`: the form in which
 * receipts and the ledger's accounts speak of them.
 */
export type SeqRanges = [from: number, to: number][];

/** Adds one number in place. Returns false where it was already in. O(log n) to find, amortised O(1) at the end. */
export function addSeq(ranges: SeqRanges, seq: number): boolean {
  let lo = 0;
  let hi = ranges.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (ranges[mid]![1] < seq) lo = mid + 1;
    else hi = mid;
  }
  const at = ranges[lo];
  if (at !== undefined && at[0] <= seq) return false;
  const before = ranges[lo - 1];
  const joinsBefore = before !== undefined && before[1] === seq - 1;
  const joinsAfter = at !== undefined && at[0] === seq + 1;
  if (joinsBefore && joinsAfter) {
    before[1] = at[1];
    ranges.splice(lo, 1);
  } else if (joinsBefore) before[1] = seq;
  else if (joinsAfter) at[0] = seq;
  else ranges.splice(lo, 0, [seq, seq]);
  return true;
}

export function toRanges(seqs: Iterable<number>): SeqRanges {
  const ranges: SeqRanges = [];
  for (const seq of seqs) addSeq(ranges, seq);
  return ranges;
}

export function hasSeq(ranges: Readonly<SeqRanges>, seq: number): boolean {
  return ranges.some(([from, to]) => seq >= from && seq <= to);
}
