/**
 * Names that a mistyped one may mean: at most `most`, the nearest first; empty where none is near. Letters' case and what
 * stands between words (`-`, `_`, space) count little.
 */
export function nearNames(word: string, names: Iterable<string>, most = 3): string[] {
  const wanted = plain(word);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const name of names) {
    const other = plain(name);
    // most of a long list is ruled out by its length
    if (Math.abs(other.length - wanted.length) > limit && !other.startsWith(wanted)) continue;
    const distance = other.startsWith(wanted) && wanted.length > 1 ? 0.5 : editDistance(wanted, other);
    if (distance <= limit) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, most).map(({ name }) => name);
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]+/g, '-');

/** Insertions, deletions, changes and swaps of neighbours that make `b` of `a` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
