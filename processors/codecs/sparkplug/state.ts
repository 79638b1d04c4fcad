/**
 * What must be known of one edge node to read its next message. Plain JSON, without characters that a database
 * could not keep; never changed in place.
 */
export interface SparkplugState {
  /** UUIDv8 of the births that hold now; null before the first birth and after a death */
  readonly session: string | null;
  readonly bdSeq: number | null;
  /** the node's seq of its last message, counted on past 255 since its birth */
  readonly last: number;
  /** messages were lost: nothing is read until the node's next birth */
  readonly stale: boolean;
  /** devices with a valid birth */
  readonly devices: readonly string[];
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
  /** the latest batches, oldest first: the same message again gets the same numbers and times */
  readonly recent: readonly Numbered[];
}

export interface Numbered {
  /** of the message, counted on */
  readonly nodeSeq: number;
  /** the stream's `lastUs` before it */
  readonly beforeUs: number;
}

export const NO_STATE: SparkplugState = {
  session: null,
  bdSeq: null,
  last: 0,
  stale: false,
  devices: [],
  metrics: {},
  aliases: {},
  streams: {},
  rebirthAtUs: null,
};

const NO_COUNTER: Counter = { session: null, next: 0, recent: [] };
export const NO_STREAM: Stream = { lastUs: -1, live: NO_COUNTER, historical: NO_COUNTER };

/** Devices have no `/` in their names: no two metrics share a key. */
export const metricKey = (device: string | null, name: string): string => `${device ?? ''}/${name}`;

const RECENT = 16;

export const forSession = (counter: Counter, session: string): Counter =>
  counter.session === session ? counter : { session, next: 0, recent: [] };

export function countOn(counter: Counter, numbered: Numbered): Counter {
  return { ...counter, next: counter.next + 1, recent: [...counter.recent.slice(1 - RECENT), numbered] };
}

/**
 * Where a message stands after the last one: `next`, `repeated` (delivered again, at most 127 messages back), or
 * `gap`. The node counts 0 to 255 and over again.
 */
export function placeOf(last: number, seq: number): { kind: 'next' | 'repeated' | 'gap'; nodeSeq: number } {
  const ahead = (((seq - last - 1) % 256) + 256) % 256;
  if (ahead === 0) return { kind: 'next', nodeSeq: last + 1 };
  if (ahead >= 129) return { kind: 'repeated', nodeSeq: last + 1 + ahead - 256 };
  return { kind: 'gap', nodeSeq: last + 1 + ahead };
}
