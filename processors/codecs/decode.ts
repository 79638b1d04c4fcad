import {
  CONTENT_TYPE,
  decodeBatch,
  decodeSenml,
  LoadcycleError,
  parseTopic,
  type SignalPath,
} from '@loadcycle/contract';
import { checkTimes } from './check-times.ts';
import { DECODE_DEFAULTS, type DecodeContext, type DecodedBatch, type RawMessage } from './context.ts';

export { DECODE_DEFAULTS, type DecodeContext, type DecodedBatch, type RawMessage } from './context.ts';

/**
 * Message → batches, whatever the codec: the form of the message, and its times against the bridge's clock.
 * Pure; Sparkplug B, which needs the births that came before, has its own (`sparkplug.ts`).
 * Throws a poison `LoadcycleError` with a JSON Pointer to the place; all of a message passes or none of it.
 */
export function decodeMessage(message: RawMessage, context: DecodeContext = DECODE_DEFAULTS): DecodedBatch[] {
  const { path, codec } = addressOf(message.mqttTopic);
  const declared = message.contentType === '' ? codec : codecOf(message.contentType, codec);
  if (declared !== codec) {
    const what = `the topic says ${codec}, the content type ${declared}`;
    throw new LoadcycleError('message.topic-mismatch', what, { pointer: '' });
  }
  const decoded =
    codec === 'json'
      ? [{ path, batch: decodeBatch(message.payload, context) }]
      : decodeSenml(message.payload, path, message.mqttTopic, message.receivedAtUs, context);
  for (const d of decoded) checkTimes(d, message.receivedAtUs, context, codec === 'json' ? '/t0' : '');
  return decoded;
}

type Codec = 'json' | 'senml';
interface Address {
  readonly path: SignalPath;
  readonly codec: Codec;
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
  const address: Address = { path, codec: topic.codec };
  if (addresses.size >= 10_000) addresses.clear();
  addresses.set(mqttTopic, address);
  return address;
}

/** `application/json` says nothing more than the topic does; parameters (`;charset=utf-8`) do not matter. */
function codecOf(contentType: string, byTopic: Codec): Codec {
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === CONTENT_TYPE.batch) return 'json';
  if (type === CONTENT_TYPE.senml) return 'senml';
  if (type === '' || type === 'application/json') return byTopic;
  throw new LoadcycleError('message.unsupported-content-type', `no codec for "${type.slice(0, 100)}"`, {
    pointer: '',
  });
}
