/**
 * sources: where samples come from, one file for each kind.
 *
 * A source gives samples with the times at which they were measured, never the times at which somebody got around
 * to them: on an exact grid of whole microseconds (`simulate`, `iio`), or each with its own time (`replay`).
 */
import type { SourceSettings } from '@loadcycle/contract/agent-settings';
import { IioSource } from './iio.ts';
import { ReplaySource } from './replay.ts';
import { SimulateSource } from './simulate.ts';
import type { Source } from './source.ts';

export type { Source, SourceContext, SourceSignal } from './source.ts';

/** Throws `settings.invalid`, `source.unavailable` or `folder.unwritable` where it could never work. */
export function makeSource(settings: SourceSettings): Source {
  if (settings.kind === 'simulate') return new SimulateSource(settings);
  if (settings.kind === 'replay') return new ReplaySource(settings);
  return new IioSource(settings);
}
