import { type SignalDefinition, type SignalPath, signalKey } from '@loadcycle/contract';
import type { RawMessage } from '@loadcycle/processors/codecs/decode';
import type { SparkplugState } from '@loadcycle/processors/codecs/sparkplug/index';
import { type Inspection, inspectMessage } from '@loadcycle/processors/validation/inspect';
import { type StoredTails, Tails } from '@loadcycle/processors/work/tails';
import { AS_DEFINED, type SignalUnits } from '@loadcycle/processors/work/units';
import { z } from 'zod';
import { checked, unprocessable } from '../http/check.ts';
import { type JsonLimits, parseJson } from '../http/json-body.ts';

/** As many as the bytes of a body can hold. */
const JSON_LIMITS: JsonLimits = { values: 1_100_000, members: 500_000, strings: 1_100_000 };

const Body = z.strictObject({
  topic: z.string().min(1).max(512),
  contentType: z.string().max(128).optional(),
  payload: z.unknown(),
  encoding: z.enum(['utf8', 'base64']).optional(),
  receivedAt: z.string().max(64).optional(),
  replayed: z.boolean().optional(),
});

const LONGEST_PAYLOAD = 1_500_000;

export type SentMessage = Omit<RawMessage, 'receivedAtUs'> & { readonly receivedAt: string | undefined };

/** The message that a body holds. */
export function readMessage(input: { readonly bytes: Uint8Array }): SentMessage {
  const m = checked(Body, parseJson(input.bytes, JSON_LIMITS, true));
  return {
    mqttTopic: m.topic,
    contentType: m.contentType ?? '',
    payload: payloadOf(m.payload, m.encoding ?? 'utf8'),
    replayed: m.replayed ?? false,
    receivedAt: m.receivedAt,
  };
}

function payloadOf(payload: unknown, encoding: 'utf8' | 'base64'): Uint8Array {
  const isText = typeof payload === 'string';
  if (isText ? payload.length > LONGEST_PAYLOAD : typeof payload !== 'object' || payload === null)
    throw unprocessable('/payload', `JSON, or its text of ${LONGEST_PAYLOAD} characters at most`);
  return new Uint8Array(isText ? Buffer.from(payload, encoding) : Buffer.from(JSON.stringify(payload)));
}

/** Signals that are looked up for one message. */
const MOST_SIGNALS = 2_000;

interface Sent {
  readonly message: RawMessage;
  /** what landing knows of the Sparkplug edge node that it comes from */
  readonly node: SparkplugState | null;
}

/** The signals that a message names; none where it can not be read. Refuses with 422 where they are too many. */
export function signalsOf({ message, node }: Sent): SignalPath[] {
  const named = new Map<string, SignalPath>();
  inspectMessage(message, {
    definitionOf: (path) => {
      named.set(signalKey(path), path);
      return null;
    },
    autoRegister: true,
    sparkplug: () => node,
  });
  if (named.size > MOST_SIGNALS)
    throw unprocessable('/payload', `names more than ${MOST_SIGNALS} signals; this endpoint looks at fewer`);
  return [...named.values()];
}

export interface KnownSignal {
  readonly path: SignalPath;
  readonly definition: SignalDefinition;
  readonly units: SignalUnits;
  /** the ends of its latest sessions, as landing has them */
  readonly tails: StoredTails | undefined;
}

/** What landing would do with the message. */
export function inspect(
  input: Sent & { readonly known: readonly KnownSignal[]; readonly autoRegister: boolean },
): Inspection {
  const known = new Map(input.known.map((k) => [signalKey(k.path), k]));
  return inspectMessage(input.message, {
    definitionOf: (path) => known.get(signalKey(path))?.definition ?? null,
    unitsOf: (path) => known.get(signalKey(path))?.units ?? AS_DEFINED,
    autoRegister: input.autoRegister,
    before: (path, batch) => Tails.from(known.get(signalKey(path))?.tails).before(batch),
    sparkplug: () => input.node,
  });
}
