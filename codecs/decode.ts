import { CONTENT_TYPE, LoadcycleError, parseTopic, type SignalPath } from '@loadcycle/contract';
import { checkTimes } from './check-times.ts';
import { checkChunks } from './chunks.ts';
import { DECODE_DEFAULTS, type DecodeContext, type DecodedBatch, type RawMessage } from './context.ts';
import { decodeBatch } from './json/batch.ts';
import { decodeSenml } from './senml/senml.ts';

export { DECODE_DEFAULTS, type DecodeContext, type DecodedBatch, type RawMessage } from './context.ts';

/**
 * Message → batches, whatever the codec: the form of the message, and its times against the bridge's clock.
 * Pure; Sparkplug B, which needs the births that came before, has its own (`sparkplug/`).
 * Throws a poison `LoadcycleError` with a JSON Pointer to the place; all of a message passes or none of it.
 */
export function decodeMessage(message: RawMessage, context: DecodeContext = DECODE_DEFAULTS): DecodedBatch[] {
  const { codec, decoded } = readMessage(message, context);
  for (const d of decoded) checkTimes(d, message.receivedAtUs, context, codec === 'json' ? '/t0' : '');
  checkChunks(decoded.map((d) => d.batch));
  return decoded;
}

/** The form alone, whatever the times. Throws as `decodeMessage` does. */
export function readMessage(
  message: RawMessage,
  context: DecodeContext = DECODE_DEFAULTS,
): { codec: Codec; decoded: DecodedBatch[] } {
  const { path, suffix } = addressOf(message.mqttTopic);
  const codec = codecOf(message.contentType, suffix);
  const decoded =
    codec === 'json'
      ? [{ path, batch: decodeBatch(message.payload, context) }]
      : decodeSenml(message.payload, path, message.mqttTopic, message.receivedAtUs, context);
  return { codec, decoded };
}

type Codec = 'json' | 'senml';
interface Address {
  readonly path: SignalPath;
  /** null: the topic leaves the codec to the content type */
  readonly suffix: Codec | null;
}

// the same few topics come again and again; emptied when it has grown large, so that it stays bounded
const addresses = new Map<string, Address>();

function addressOf(mqttTopic: string): Address {
  const known = addresses.get(mqttTopic);
  if (known !== undefined) return known;
  const topic = parseTopic(mqttTopic);
  if (topic?.kind !== 'samples') {
    throw new LoadcycleError('message.unknown-topic', `"${mqttTopic.slice(0, 200)}" is no topic of samples`, {
      pointer: '',
    });
  }
  if (topic.codec !== 'json' && topic.codec !== 'senml') {
    throw new LoadcycleError('message.unsupported-content-type', `no codec "${topic.codec}"`, {
      pointer: '',
    });
  }
  const path = { site: topic.site, device: topic.device, signal: topic.signal };
  const suffix = mqttTopic.endsWith(`/samples/${topic.signal}`) ? null : topic.codec;
  const address: Address = { path, suffix };
  if (addresses.size >= 10_000) addresses.clear();
  addresses.set(mqttTopic, address);
  return address;
}

/**
 * The topic's suffix or the content type says it; where both do, they must agree. `application/json` says nothing more
 * than the topic does; parameters (`;charset=utf-8`) do not matter.
 */
function codecOf(contentType: string, suffix: Codec | null): Codec {
  if (contentType === '') return suffix ?? 'json';
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === '' || type === 'application/json') return suffix ?? 'json';
  const codec = type === CONTENT_TYPE.batch ? 'json' : type === CONTENT_TYPE.senml ? 'senml' : null;
  if (codec === null) {
    throw new LoadcycleError('message.unsupported-content-type', `no codec for "${type.slice(0, 100)}"`, {
      pointer: '',
    });
  }
  if (suffix !== null && suffix !== codec) {
    const what = `the topic says ${suffix}, the content type ${codec}`;
    throw new LoadcycleError('message.topic-mismatch', what, { pointer: '' });
  }
  return codec;
}
