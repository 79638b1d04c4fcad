import { BATCH_LIMITS, type Batch, type SignalPath } from '@loadcycle/contract';

/** A message as the bridge put it into the log. */
export interface RawMessage {
  readonly mqttTopic: string;
  /** MQTT 5 content type; '' where the sender gave none */
  readonly contentType: string;
  readonly payload: Uint8Array;
  /** µs since the epoch, the bridge's clock */
  readonly receivedAtUs: number;
  /** a dead letter that was sent into the log again: it stands out of its order */
  readonly replayed?: boolean;
}

export interface DecodedBatch {
  readonly path: SignalPath;
  readonly batch: Batch;
  /** of a Sparkplug metric: its path as people would write it, without digits of a hash */
  readonly wish?: SignalPath;
}

/** What a deployment allows a message to be. All times in µs. */
export interface DecodeContext {
  /** largest payload, bytes */
  readonly bytes: number;
  /** deepest nesting of a JSON payload */
  readonly depth: number;
  /** samples later than received-at + this are not believed (`message.timestamp-future`) */
  readonly maxFutureUs: number;
  /** samples before this time are not believed (`message.timestamp-past`), µs since the epoch */
  readonly horizonUs: number;
}

/**
 * A device whose clock is an hour wrong is marked (`clock-skew`), one that is more than a day ahead, or that
 * woke up in 1970 without a battery behind its clock, is not believed at all.
 */
export const DECODE_DEFAULTS: DecodeContext = {
  bytes: BATCH_LIMITS.bytes,
  depth: BATCH_LIMITS.depth,
  maxFutureUs: 86_400_000_000,
  horizonUs: 946_684_800_000_000, // 2000-01-01T00:00:00Z
};
