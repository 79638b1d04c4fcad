import type { CutCycle } from '../cycles/segmenter.ts';
import type { StoredCycle } from './cycle-rows.ts';

type Times = Pick<CutCycle, 'startedAtUs' | 'endedAtUs'>;

/** More are not kept for the next slice: where old and new never begin together, a seam may not be clean. */
const MOST_PENDING = 200;

const overlapUs = (a: Times, b: Times): number =>
  Math.min(a.endedAtUs, b.endedAtUs) - Math.max(a.startedAtUs, b.startedAtUs);
const lengthUs = (c: Times): number => c.endedAtUs - c.startedAtUs;

/** Do two cycles show the same stretch? Onsets move a little by a re-cut, so that neighbours may touch. */
export const showTheSame = (a: Times, b: Times): boolean =>
  overlapUs(a, b) > Math.min(lengthUs(a), lengthUs(b)) / 2;

export interface Seam {
  /** of the new cycles, those that are written now; the rest follows with the next slice */
  readonly kept: readonly CutCycle[];
  /** old cycles in whose place they stand */
  readonly replaced: readonly StoredCycle[];
  readonly pending: readonly CutCycle[];
}

/**
 * How far a slice of a re-cut may replace the old cycles that follow, so that no reader sees a cycle twice, or a hole, until
 * the next slice is written: up to the last new cycle behind which an old one begins.
 * `old`: from behind the last seam to the end of the new ones, those that reach over it included.
 */
export function seamOf(cycles: readonly CutCycle[], old: readonly StoredCycle[]): Seam {
  for (let n = cycles.length; n > 0; n--) {
    const seam = seamAt(cycles, old, n);
    if (isClean(seam, old)) return seam;
    if (cycles.length - n >= MOST_PENDING) return seamAt(cycles, old, cycles.length);
  }
  return cycles.length < MOST_PENDING
    ? { kept: [], replaced: [], pending: cycles }
    : seamAt(cycles, old, cycles.length);
}

function seamAt(cycles: readonly CutCycle[], old: readonly StoredCycle[], n: number): Seam {
  const kept = cycles.slice(0, n);
  const { startedAtUs, endedAtUs } = kept.at(-1)!;
  const middle = (c: Times): number => c.startedAtUs + lengthUs(c) / 2;
  const replaced = old.filter(({ cycle }) => cycle.startedAtUs <= startedAtUs || middle(cycle) < endedAtUs);
  return { kept, replaced, pending: cycles.slice(n) };
}

/** What stays shows nothing of what is written, and what goes nothing that is not written yet. */
function isClean({ kept, replaced, pending }: Seam, old: readonly StoredCycle[]): boolean {
  const gone = new Set(replaced);
  const last = kept.slice(-2);
  const stays = old.filter((o) => !gone.has(o));
  if (stays.some(({ cycle }) => last.some((k) => showTheSame(cycle, k)))) return false;
  const end = kept.at(-1)!.endedAtUs;
  const next = pending[0];
  return !replaced.some(
    ({ cycle }) =>
      (next !== undefined && showTheSame(cycle, next)) || cycle.endedAtUs - end > lengthUs(cycle) / 2,
  );
}
