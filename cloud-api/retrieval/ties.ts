import type { SampleBlock } from './blocks.ts';

/** NaN, which stands for no value, last; -0 before 0 */
function byValue(a: number, b: number): number {
  if (a !== b) return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0) || a - b || 0;
  return (Object.is(b, -0) ? 1 : 0) - (Object.is(a, -0) ? 1 : 0);
}

/** Puts rows of one time in the order of their quality and value, in place, so that every format has the same order. */
export function inOrder(block: SampleBlock): SampleBlock {
  const { atUs, value, quality, count } = block;
  if (quality === null) return block;
  for (let i = 1; i < count; i++) {
    if (atUs[i] !== atUs[i - 1]) continue;
    const begin = i - 1;
    while (i < count && atUs[i] === atUs[begin]) i++;
    const rows = Array.from(
      { length: i - begin },
      (_, k) => [quality[begin + k]!, value[begin + k]!] as const,
    );
    rows.sort((a, b) => a[0] - b[0] || byValue(a[1], b[1]));
    rows.forEach(([q, v], k) => {
      quality[begin + k] = q;
      value[begin + k] = v;
    });
  }
  return block;
}
