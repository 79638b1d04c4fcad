import type { CycleSettings } from '@loadcycle/contract/cycle-settings';
import { type CutCycle, type SampleChunk, Segmenter } from '../cycles/segmenter.ts';
import type { KnownSignal } from '../work/catalogue.ts';
import type { Checkpoint } from './checkpoints.ts';
import type { OpenRepair, Progress } from './repair-rows.ts';

/** One slice of a re-cut: from where the last one ended, as many rows as one transaction takes. */
export interface Slice {
  readonly known: KnownSignal;
  readonly active: readonly OpenRepair[];
  readonly progress: Progress;
  readonly segmenter: Segmenter;
  readonly cycles: CutCycle[];
  readonly checkpoints: Checkpoint[];
  doneToUs: number | null;
  /** onset of the last cycle that came out, ever */
  boundaryUs: number | null;
  checkpointUs: number | null;
}

/** Opens the next slice where the progress says that the last one ended. */
export function openSlice(known: KnownSignal, active: readonly OpenRepair[], progress: Progress): Slice {
  const settings = JSON.parse(progress.extra.settings) as CycleSettings;
  const segmenter = new Segmenter(settings, progress.state ?? undefined);
  const { doneToUs, boundaryUs } = progress;
  const { checkpointUs } = progress.extra;
  return {
    known,
    active,
    progress,
    segmenter,
    cycles: [],
    checkpoints: [],
    doneToUs,
    boundaryUs,
    checkpointUs,
  };
}

/** Cuts chunks into the slice; a state is put by every `checkpointEvery` µs. */
export function cutInto(slice: Slice, chunks: readonly SampleChunk[], checkpointEvery: number): void {
  const { progress, segmenter, known } = slice;
  for (const chunk of chunks) {
    const cycles = segmenter.push(chunk);
    slice.cycles.push(...cycles);
    slice.boundaryUs = cycles.at(-1)?.startedAtUs ?? slice.boundaryUs;
    const atUs = segmenter.lastUs!;
    slice.doneToUs = Math.max(atUs, slice.doneToUs ?? atUs);
    const { checkpointUs, boundaryUs } = slice;
    if (progress.toUs !== null) continue;
    if (checkpointUs !== null && atUs - checkpointUs < checkpointEvery) continue;
    slice.checkpointUs = atUs;
    slice.checkpoints.push({ signalId: known.id, atUs, state: segmenter.snapshot(), boundaryUs });
  }
}
