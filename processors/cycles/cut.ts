import { type CycleSettingsInput, cycleSettings } from '@loadcycle/contract/cycle-settings';
import { type SampleChunk, samplesAfter } from './chunk.ts';
import { type CutCycle, Segmenter } from './segmenter.ts';

/** A recording: one chunk, or several in ascending order of time. */
export type Recording = SampleChunk | readonly SampleChunk[];

/**
 * Cuts a whole recording: the same cycles, to the last bit, as the stream of its samples gives. Those from before the
 * levels were learnt are among them: once they are known, the cut begins again (see `Segmenter.takeOwed`).
 */
export function cutCycles(recording: Recording, settings: CycleSettingsInput = {}): CutCycle[] {
  const { cycles, segmenter } = cutUnfinished(recording, settings);
  return cycles.concat(segmenter.flush());
}

/** The same for a recording that goes on: the cycles that are out by its last sample, and where the segmenter stands. */
export function cutUnfinished(
  recording: Recording,
  settings: CycleSettingsInput = {},
): { cycles: CutCycle[]; segmenter: Segmenter } {
  const all = cycleSettings(settings);
  const chunks: readonly SampleChunk[] = isSeveral(recording) ? recording : [recording];
  let segmenter = new Segmenter(all);
  let cycles: CutCycle[] = [];
  let afterUs = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < chunks.length; k++) {
    const chunk = samplesAfter(chunks[k] as SampleChunk, afterUs);
    if (chunk === null) continue;
    for (const cycle of segmenter.push(chunk)) cycles.push(cycle);
    const owed = segmenter.takeOwed();
    if (owed === null) continue;
    afterUs = owed.afterUs;
    cycles = cycles.filter((c) => c.startedAtUs <= afterUs);
    segmenter = new Segmenter(all, owed.state);
    k = -1;
  }
  return { cycles, segmenter };
}

function isSeveral(recording: Recording): recording is readonly SampleChunk[] {
  return Array.isArray(recording);
}
