/**
 * What must be known of one edge node to read its next message. Plain JSON, without characters that a database
 * could not keep; never changed in place.
 */
export interface SparkplugState {
  /** UUIDv8 of the births that hold now; null before the first birth and after a death */
  readonly session: string | null;
  /** sessions of the latest births, the present one included: a birth that comes again is known by it */
  readonly births: readonly string[];
  readonly bdSeq: number | null;
  /** the node's seq of its last message, counted on past 255 since its birth */
  readonly last: number;
  /** CRC-32 of the latest messages of the count, oldest first, up to `last`: what comes again is known by it */
  readonly seen: readonly number[];
  /** messages were lost: nothing is read until the node's next birth */
  readonly stale: boolean;
  /** when the node's births that hold now were received, µs since the epoch */
  readonly bornAtUs: number;
  /** devices with a valid birth, and when that was received, µs since the epoch */
  readonly devices: Readonly<Record<string, number>>;
  /** devices that went with the node when it died; absent while it lives */
  readonly died?: readonly string[];
  /** by {@link metricKey}: what the births said */
  readonly metrics: Readonly<Record<string, BornMetric>>;
  /** alias → metric key */
  readonly aliases: Readonly<Record<string, string>>;
  /** by metric key; survives births, so that a birth does not repeat a sample that is known */
  readonly streams: Readonly<Record<string, Stream>>;
  /** when a rebirth was last asked for, µs since the epoch; null: it came */
  readonly rebirthAtUs: number | null;
}

export interface BornMetric {
  readonly datatype: number;
  /** UCUM code; null where the birth says none */
  readonly unit: string | null;
}

export interface Stream {
  /** time of the latest sample, µs since the epoch */
  readonly lastUs: number;
  readonly live: Counter;
  /** values flagged historical: a session of their own, since their times lie before the live ones */
  readonly historical: Counter;
}

/** Numbers the batches of one signal in one session, without holes. */
export interface Counter {
  readonly session: string | null;
  readonly next: number;
}

export const NO_STATE: SparkplugState = {
  session: null,
  births: [],
  bdSeq: null,
  last: 0,
  seen: [],
  stale: false,
  bornAtUs: 0,
  devices: {},
  metrics: {},
  aliases: {},
  streams: {},
  rebirthAtUs: null,
};

const NO_COUNTER: Counter = { session: null, next: 0 };
export const NO_STREAM: Stream = { lastUs: -1, live: NO_COUNTER, historical: NO_COUNTER };

/** What one edge node may make its state grow to: it is saved with each of the node's messages. */
export const NODE_LIMITS = {
  /** metrics of the node and its devices, and streams that are remembered */
  metrics: 20_000,
  /** characters of their names together */
  nameChars: 1_048_576,
  devices: 1_000,
} as const;

/** Streams are kept across births; of too many, those that are born stay, and of the others the latest. */
export function boundedStreams(
  streams: SparkplugState['streams'],
  metrics: SparkplugState['metrics'],
): SparkplugState['streams'] {
  const all = Object.entries(streams);
  if (all.length <= NODE_LIMITS.metrics) return streams;
  const rank = ([key, { lastUs }]: [string, Stream]) => (Object.hasOwn(metrics, key) ? Infinity : lastUs);
  all.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  return Object.fromEntries(all.slice(0, NODE_LIMITS.metrics));
}

/** Devices have no `/` in their names: no two metrics share a key. */
export const metricKey = (device: string | null, name: string): string => `${device ?? ''}/${name}`;

/** A message can be told to come again as long as no more than so many others came since. The node counts to 255. */
const SEEN = 127;

export type Place = { readonly kind: 'next' | 'repeated' | 'gap'; readonly nodeSeq: number };

/**
 * Where a message stands after the last one. Repeated: it has the seq and the digest of one of the latest. Anything
 * else that is not the next one means that messages between were lost.
 */
export function placeOf(state: SparkplugState, seq: number, digest: number): Place {
  const ahead = (((seq - state.last - 1) % 256) + 256) % 256;
  if (ahead === 0) return { kind: 'next', nodeSeq: state.last + 1 };
  const back = 255 - ahead;
  if (state.seen.at(-1 - back) === digest) return { kind: 'repeated', nodeSeq: state.last - back };
  return { kind: 'gap', nodeSeq: state.last + 1 + ahead };
}

export const seenOn = (state: SparkplugState, nodeSeq: number, digest: number): SparkplugState => ({
  ...state,
  last: nodeSeq,
  seen: [...state.seen.slice(1 - SEEN), digest],
});
