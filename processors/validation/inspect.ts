import {
  DECODE_DEFAULTS,
  type DecodeContext,
  type DecodedBatch,
  decodeMessage,
  type RawMessage,
} from '@loadcycle/codecs';
import { decodeSparkplug, type SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import {
  type Batch,
  type ErrorCode,
  LoadcycleError,
  lastSampleUs,
  type QualityClass,
  qualityClass,
  qualityReason,
  SignalDefinition,
  type SignalPath,
  sampleTimeUs,
  signalKey,
} from '@loadcycle/contract';
import { isSparkplugTopic, parseSparkplugTopic, sparkplugKey } from '@loadcycle/contract/sparkplug-topics';
import { unknownUnit } from '@loadcycle/contract/units/unit-names';
import { AS_DEFINED, type SignalUnits, storedBatch, storedDefinition } from '../work/units.ts';
import { type BatchTail, validateBatch } from './validate.ts';

export interface InspectContext {
  readonly decode?: DecodeContext;
  /** the path in use, of one that a codec made (Sparkplug); itself where this is absent */
  readonly nameOf?: (path: SignalPath, wish: SignalPath) => SignalPath;
  /** null: the catalogue does not have the signal */
  readonly definitionOf: (path: SignalPath) => SignalDefinition | null;
  /** in which unit its numbers are stored, where it is known; as defined where this is absent */
  readonly unitsOf?: (path: SignalPath) => SignalUnits;
  /** whether the deployment registers signals that it does not know */
  readonly autoRegister: boolean;
  /** what is known of the batch before, where it is */
  readonly before?: (path: SignalPath, batch: Batch) => BatchTail | null;
  /** what is known of a Sparkplug edge node, by its key */
  readonly sparkplug?: (nodeKey: string) => SparkplugState | null;
}

/** A sample that is not good. */
export interface Issue {
  /** JSON Pointer is no help where a codec has none: the position in the batch, and the time, µs since the epoch */
  readonly index: number;
  readonly timeUs: number;
  /** null: missing */
  readonly value: number | null;
  readonly class: QualityClass;
  readonly reason: string;
}

export interface InspectedBatch {
  /** `site/device/signal` */
  readonly signal: string;
  readonly session: string;
  readonly seq: number;
  readonly unit: string;
  /** times of the first and last sample, µs since the epoch */
  readonly fromUs: number;
  readonly toUs: number;
  readonly count: number;
  readonly good: number;
  readonly uncertain: number;
  readonly bad: number;
  /** the signal would be registered by this message */
  readonly registered: boolean;
  readonly firstIssues: readonly Issue[];
}

export interface Inspection {
  /** `registered`: landed, after signals that were not known had been registered */
  readonly outcome: 'landed' | 'registered' | 'dead-lettered';
  readonly reason?: ErrorCode;
  readonly pointer?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** empty where the message is dead-lettered: all of it passes or nothing */
  readonly batches: readonly InspectedBatch[];
}

const ISSUES = 20;

/**
 * What would happen to a message, by the functions that landing itself runs. Says nothing of duplicates: only the
 * ledger knows them.
 */
export function inspectMessage(message: RawMessage, context: InspectContext): Inspection {
  try {
    const batches = decode(message, context).map((d) => inspectBatch(d, message.receivedAtUs, context));
    const outcome = batches.some((b) => b.registered) ? 'registered' : 'landed';
    return { outcome, batches };
  } catch (error) {
    if (!(error instanceof LoadcycleError) || error.kind !== 'poison') throw error;
    const { code: reason, pointer, message: detail, hint } = error;
    return { outcome: 'dead-lettered', reason, pointer: pointer ?? '', detail, hint, batches: [] };
  }
}

function decode(message: RawMessage, context: InspectContext): readonly DecodedBatch[] {
  const limits = context.decode ?? DECODE_DEFAULTS;
  if (!isSparkplugTopic(message.mqttTopic)) return decodeMessage(message, limits);
  const topic = parseSparkplugTopic(message.mqttTopic);
  const state = topic === null ? null : (context.sparkplug?.(sparkplugKey(topic)) ?? null);
  const { batches, error } = decodeSparkplug(state, message, limits);
  if (error !== null) throw error;
  return batches;
}

function inspectBatch(
  { path: made, wish, batch }: DecodedBatch,
  receivedAtUs: number,
  context: InspectContext,
): InspectedBatch {
  const path = wish === undefined ? made : (context.nameOf?.(made, wish) ?? made);
  const known = context.definitionOf(path);
  if (known === null && !context.autoRegister) {
    throw new LoadcycleError('signal.unknown', `${signalKey(path)} is not in the catalogue`, {
      hint: 'define the signal, then replay the message',
    });
  }
  const unit = known === null ? unknownUnit(signalKey(path), batch.unit) : null;
  if (unit !== null) throw unit;
  const units = context.unitsOf?.(path) ?? AS_DEFINED;
  const definition = storedDefinition(known ?? SignalDefinition.parse({ unit: batch.unit }), units);
  const stored = storedBatch(batch, definition, units, receivedAtUs);
  const before = context.before?.(path, batch) ?? null;
  const { quality, good, uncertain, bad } = validateBatch(stored, definition, receivedAtUs, { before });
  return {
    signal: signalKey(path),
    session: batch.session,
    seq: batch.seq,
    unit: definition.unit,
    fromUs: batch.t0Us,
    toUs: lastSampleUs(batch),
    count: quality.length,
    good,
    uncertain,
    bad,
    registered: known === null,
    firstIssues: issuesOf(batch, quality),
  };
}

function issuesOf(batch: Batch, quality: Uint8Array): Issue[] {
  const issues: Issue[] = [];
  for (let index = 0; index < quality.length && issues.length < ISSUES; index++) {
    const code = quality[index]!;
    const reason = qualityReason(code);
    if (reason === null) continue;
    const v = batch.values[index]!;
    issues.push({
      index,
      timeUs: sampleTimeUs(batch, index),
      value: Number.isNaN(v) ? null : v,
      class: qualityClass(code),
      reason,
    });
  }
  return issues;
}
