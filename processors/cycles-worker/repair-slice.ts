import { CYCLES_OFF } from '@loadcycle/contract';
import { type CycleSettings, cycleSettings } from '@loadcycle/contract/cycle-settings';
import { type CutCycle, type Owed, type SampleChunk, Segmenter } from '../cycles/segmenter.ts';
import type { KnownSignal } from '../work/catalogue.ts';
import type { Checkpoint } from './checkpoints.ts';
import type { OpenRepair, Progress } from './repair-rows.ts';
import { readCutting } from './signal-state.ts';

/** One slice of a re-cut: from where the last one ended, as many rows as one transaction takes. */
export interface Slice {
  readonly known: KnownSignal;
  readonly active: readonly OpenRepair[];
  readonly progress: Progress;
  /** there are to be no cycles: it cuts nothing, and takes those away that there are */
  readonly isOff: boolean;
  readonly segmenter: Segmenter;
  readonly cycles: CutCycle[];
  readonly checkpoints: Checkpoint[];
  doneToUs: number | null;
  /** onset of the last cycle that came out, ever */
  boundaryUs: number | null;
  checkpointUs: number | null;
  /** levels came to be known here: the re-cut begins again with them, further back */
  owed: Owed | null;
}

/** Opens the next slice where the progress says that the last one ended. */
export function openSlice(known: KnownSignal, active: readonly OpenRepair[], progress: Progress): Slice {
  const cutting = readCutting(progress.extra.settings);
  const isOff = cutting === CYCLES_OFF;
  const segmenter = new Segmenter(isOff ? cycleSettings() : cutting, progress.state ?? undefined);
  const { doneToUs, boundaryUs } = progress;
  const { checkpointUs } = progress.extra;
  return {
    known,
    active,
    progress,
    isOff,
    segmenter,
    cycles: [...(progress.extra.pending ?? [])],
    checkpoints: [],
    doneToUs,
    boundaryUs,
    checkpointUs,
    owed: null,
  };
}

/** Cuts chunks into the slice, up to where it is `owed`; a state is put by every `checkpointEvery` µs. */
export function cutInto(slice: Slice, chunks: readonly SampleChunk[], checkpointEvery: number): void {
  const { progress, segmenter, known } = slice;
  for (const chunk of chunks) {
    if (slice.owed !== null) return;
    const cycles = segmenter.push(chunk);
    slice.cycles.push(...cycles);
    slice.boundaryUs = cycles.at(-1)?.startedAtUs ?? slice.boundaryUs;
    const atUs = segmenter.lastUs!;
    slice.doneToUs = Math.max(atUs, slice.doneToUs ?? atUs);
    slice.owed = segmenter.takeOwed();
    const { checkpointUs, boundaryUs } = slice;
    // a state that knows more than its samples say is no place to go on from when late data come
    if (progress.toUs !== null || slice.owed !== null || segmenter.isAhead) continue;
    if (checkpointUs !== null && atUs - checkpointUs < checkpointEvery) continue;
    slice.checkpointUs = atUs;
    slice.checkpoints.push({ signalId: known.id, atUs, state: segmenter.snapshot(), boundaryUs });
  }
}

/**
 * The slice as it is where it begins again with the levels that it has come to know: only what came out before that
 * beginning is its own.
 */
export function beginAgain(slice: Slice, owed: Owed): Slice {
  const { progress, doneToUs } = slice;
  const { afterUs, state } = owed;
  const { extra } = progress;
  const changedFromUs = Math.min(extra.changedFromUs, afterUs + 1);
  // edges that are placed again belong to cycles that have been written
  const least = progress.toUs === null ? afterUs : Math.max(afterUs, progress.fromUs - 1);
  const lowered = (us: number | null) => (us === null ? null : Math.min(us, least));
  const learntToUs = Math.max(doneToUs ?? afterUs, extra.learntToUs ?? afterUs);
  return {
    ...slice,
    progress: {
      ...progress,
      boundaryUs: lowered(progress.boundaryUs),
      extra: { ...extra, changedFromUs, learntToUs },
    },
    segmenter: new Segmenter(JSON.parse(extra.settings) as CycleSettings, state),
    cycles: slice.cycles.filter((c) => c.startedAtUs <= afterUs),
    checkpoints: slice.checkpoints.filter((c) => c.atUs <= afterUs),
    doneToUs: afterUs,
    boundaryUs: lowered(slice.boundaryUs),
    owed: null,
  };
}
