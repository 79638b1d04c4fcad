import type { Batch, SignalDefinition } from '@loadcycle/contract';
import {
  type Conversion,
  convert,
  DIGITS,
  inverse,
  isSame,
  SAME,
} from '@loadcycle/contract/units/conversion';
import { definitionIn } from '@loadcycle/contract/units/definition-units';

/**
 * In which unit a signal's numbers are stored, as against the one that its definition says. All that is stored of a signal
 * is in one unit, from its first sample on: rows, rollups, cycles, the segmenter's state and what is usual for it. A batch
 * is brought into it at the door, and what is read is brought out of it.
 */
export interface SignalUnits {
  /** number stored → number in the unit of the definition */
  readonly conversion: Conversion;
  /** units before, in which batches are still taken: number stored → number in that unit */
  readonly former: Readonly<Record<string, FormerUnit>>;
}

export interface FormerUnit extends Conversion {
  /** only what the cloud received before is taken: what has landed in it, and comes from the log once more. µs since the epoch */
  readonly untilUs?: number;
}

export const AS_DEFINED: SignalUnits = { conversion: SAME, former: {} };

/** As the column `units` has it. */
export type StoredUnits = Partial<SignalUnits> | null;

export const readUnits = (stored: StoredUnits): SignalUnits => ({ ...AS_DEFINED, ...stored });

/**
 * The definition with its limits as numbers that are stored; its `unit` stays the one that it says, and so do the entries of
 * conditions, each of which looks at a signal with a unit of its own.
 */
export const storedDefinition = (definition: SignalDefinition, units: SignalUnits): SignalDefinition =>
  definitionIn(definition, definition.unit, inverse(units.conversion), {
    conditions: false,
    digits: DIGITS.back,
  });

/**
 * A batch with its numbers as they are stored, in the unit of the definition by name. One whose unit is neither that nor
 * one before stays as it is: validation refuses it. Where no unit was said, the sender means what it always meant.
 */
export function storedBatch(
  batch: Batch,
  definition: SignalDefinition,
  units: SignalUnits,
  receivedAtUs: number,
): Batch {
  const { unit } = definition;
  if (batch.unitStated === false) return batch;
  const former = Object.hasOwn(units.former, batch.unit) ? units.former[batch.unit] : undefined;
  const taken = former?.untilUs === undefined || receivedAtUs < former.untilUs;
  const from = batch.unit === unit ? units.conversion : former;
  if (from === undefined || (from === former && !taken)) return batch;
  return batchIn(batch, unit, inverse(from));
}

/** A batch with its numbers in another unit. */
export function batchIn(batch: Batch, unit: string, c: Conversion): Batch {
  if (isSame(c)) return batch.unit === unit ? batch : { ...batch, unit };
  return { ...batch, unit, values: batch.values.map((v) => convert(c, v)) };
}
