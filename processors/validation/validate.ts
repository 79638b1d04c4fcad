import {
  BAD,
  type Batch,
  LoadcycleError,
  lastSampleUs,
  QUALITY,
  type SignalDefinition,
} from '@loadcycle/contract';
import { clockToleranceUs, isClockSkewed } from './clock.ts';
import { applyRules, noTail, type Rules, rulesOf, type ValueTail } from './rules.ts';

/**
 * What the rules need to know of what came before, at the end of a batch. Given to the next one only where that
 * is known to be the next: the same session, the next seq. Plain data; NaN in `value` says that no sample yet
 * was good enough to compare with.
 */
export interface BatchTail extends ValueTail {
  /** time of the latest believed sample of the session, µs: a later batch that begins at or before it is skewed */
  highUs: number;
}

export interface ValidationContext {
  /** the `tail` of the batch before (same session, seq - 1); null where that is not known */
  readonly before?: Readonly<BatchTail> | null;
}

export interface Validated {
  /** one code of contract/quality.ts for each sample */
  readonly quality: Uint8Array;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** for the next batch of this session */
  readonly tail: BatchTail;
}

// definitions are few and live long; their rules are worked out once
const rulesCache = new WeakMap<SignalDefinition, Rules>();

export function cachedRules(definition: SignalDefinition): Rules {
  let rules = rulesCache.get(definition);
  if (rules === undefined) rulesCache.set(definition, (rules = rulesOf(definition)));
  return rules;
}

/**
 * Gives each sample of a batch its quality. A pure function of (batch, definition, received-at, tail of the batch
 * before); treats a definition as immutable. Throws `message.unit-mismatch` (poison): the one thing that no
 * quality can say, since a number in another unit is another number.
 */
export function validateBatch(
  batch: Batch,
  definition: SignalDefinition,
  receivedAtUs: number,
  context?: ValidationContext,
): Validated {
  if (batch.unit !== definition.unit && batch.unitStated !== false) {
    const what = `values in ${batch.unit}, the signal is defined in ${definition.unit}`;
    throw new LoadcycleError('message.unit-mismatch', what, {
      pointer: '/unit',
      hint: "send the unit of the definition, correct the signal's unit (loadcycle signals unit), or define another signal",
    });
  }
  const before = context?.before ?? null;
  const { values } = batch;
  const n = values.length;
  const lastUs = lastSampleUs(batch);
  const highUs = before === null ? Number.NEGATIVE_INFINITY : before.highUs;
  const skewed = isClockSkewed(batch.t0Us, lastUs, receivedAtUs, clockToleranceUs(definition), highUs);
  const tail = before === null ? noTail() : { ...before };
  const quality = new Uint8Array(n);
  const times = { t0Us: batch.t0Us, dtUs: batch.dtUs ?? 0, offsetsUs: batch.offsetsUs };
  let { uncertain, bad } = applyRules(values, times, cachedRules(definition), tail, quality);
  if (skewed) {
    for (let i = 0; i < n; i++) if (quality[i]! < BAD) quality[i] = QUALITY.uncertainClockSkew;
    uncertain = n - bad;
  }
  return {
    quality,
    good: n - uncertain - bad,
    uncertain,
    bad,
    tail: {
      value: tail.value,
      timeUs: tail.timeUs,
      runStartUs: tail.runStartUs,
      highUs: skewed ? highUs : lastUs,
    },
  };
}
