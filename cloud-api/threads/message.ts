import type { RawMessage } from '@loadcycle/codecs';
import type { SparkplugState } from '@loadcycle/codecs/sparkplug/index';
import { type SignalDefinition, type SignalPath, signalKey } from '@loadcycle/contract';
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

export interface Named {
  readonly path: SignalPath;
  readonly wish: SignalPath;
}

interface Sent {
  readonly message: RawMessage;
  /** what landing knows of the Sparkplug edge node that it comes from */
  readonly node: SparkplugState | null;
}

/**
 * The signals that a message names, and as people would write them; none where it can not be read. Refuses with 422 where they
 * are too many.
 */
export function signalsOf({ message, node }: Sent): Named[] {
  const named = new Map<string, Named>();
  inspectMessage(message, {
    nameOf: (path, wish) => {
      named.set(signalKey(path), { path, wish });
      return path;
    },
    definitionOf: (path) => {
      if (!named.has(signalKey(path))) named.set(signalKey(path), { path, wish: path });
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
  input: Sent & {
    readonly known: readonly KnownSignal[];
    readonly autoRegister: boolean;
    /** the paths in use, by the keys of those that {@link signalsOf} gave */
    readonly names: ReadonlyMap<string, SignalPath>;
  },
): Inspection {
  const known = new Map(input.known.map((k) => [signalKey(k.path), k]));
  return inspectMessage(input.message, {
    nameOf: (path) => input.names.get(signalKey(path)) ?? path,
    definitionOf: (path) => known.get(signalKey(path))?.definition ?? null,
    unitsOf: (path) => known.get(signalKey(path))?.units ?? AS_DEFINED,
    autoRegister: input.autoRegister,
    before: (path, batch) => Tails.from(known.get(signalKey(path))?.tails).before(batch),
    sparkplug: () => input.node,
  });
}
