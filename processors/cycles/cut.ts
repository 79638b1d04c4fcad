import { type CycleSettingsInput, cycleSettings } from '@loadcycle/contract/cycle-settings';
import { type CutCycle, type SampleChunk, Segmenter } from './segmenter.ts';

/** A recording: one chunk, or several in ascending order of time. */
export type Recording = SampleChunk | readonly SampleChunk[];

/**
 * Cuts a whole recording: the same cycles, to the last bit, as the stream of its samples gives. Cycles come out from
 * the moment on at which the levels are known; give `levels` in the settings (from `stateLevels`, say) to have the
 * first ones too.
 */
export function cutCycles(recording: Recording, settings: CycleSettingsInput = {}): CutCycle[] {
  const segmenter = new Segmenter(cycleSettings(settings));
  const cycles: CutCycle[] = [];
  const chunks: readonly SampleChunk[] = isSeveral(recording) ? recording : [recording];
  for (const chunk of chunks) {
    for (const cycle of segmenter.push(chunk)) cycles.push(cycle);
  }
  for (const cycle of segmenter.flush()) cycles.push(cycle);
  return cycles;
}

function isSeveral(recording: Recording): recording is readonly SampleChunk[] {
  return Array.isArray(recording);
}
