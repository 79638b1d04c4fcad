import type { DecodedBatch } from '@loadcycle/codecs';
import { type Batch, LoadcycleError } from '@loadcycle/contract';
import type { LogRecord } from '@loadcycle/event-log/port';
import type { Validated } from '../validation/validate.ts';
import type { Catalogue, KnownSignal } from './catalogue.ts';
import { asPoison, receivedAtUs } from './messages.ts';
import type { Tails } from './tails.ts';
import { storedBatch } from './units.ts';

export interface JudgedBatch {
  readonly record: LogRecord;
  readonly known: KnownSignal;
  /** its numbers as they are stored */
  readonly batch: Batch;
  /** as it was sent: what tells a batch that comes again */
  readonly sent: Batch;
  readonly validated: Validated;
}

/** A record that could be read, or why not. */
export type Decoded =
  | { readonly record: LogRecord; readonly batches: readonly DecodedBatch[] }
  | { readonly record: LogRecord; readonly error: LoadcycleError };

/** The signals that decoded records speak of, each once, with the unit that the first of them gave. */
export function signalsOf(decoded: readonly Decoded[]): Map<string, DecodedBatch> {
  const signals = new Map<string, DecodedBatch>();
  for (const d of decoded) {
    if ('error' in d) continue;
    for (const b of d.batches) {
      const { site, device, signal } = b.path;
      const key = `${site}/${device}/${signal}`;
      if (!signals.has(key)) signals.set(key, b);
    }
  }
  return signals;
}

/**
 * One record's batches, each with its quality: all of them, or none and the poison for the whole message, so that
 * a replay of it is the message as it was. The same in landing and in the cycles worker, which keep `tails` each
 * for themselves.
 */
export function judgeRecord(
  decoded: Decoded,
  catalogue: Catalogue,
  tails: (signalId: number) => Tails,
): JudgedBatch[] | LoadcycleError {
  if ('error' in decoded) return decoded.error;
  const { record, batches } = decoded;
  try {
    return batches.map(({ path, batch: sent }) => {
      const known = catalogue.get(path);
      if (known === undefined) {
        const name = `${path.site}/${path.device}/${path.signal}`;
        throw new LoadcycleError('signal.unknown', `${name} is not in the catalogue`, {
          hint: 'define the signal, then replay the message',
        });
      }
      const batch = storedBatch(sent, known.definition, known.units, receivedAtUs(record));
      const validated = tails(known.id).validate(batch, known.definition, receivedAtUs(record));
      return { record, known, batch, sent, validated };
    });
  } catch (error) {
    return asPoison(error);
  }
}
