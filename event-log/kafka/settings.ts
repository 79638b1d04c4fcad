import { type Logger, silentLogger } from '@loadcycle/contract';
import { Held } from './held.ts';

/** What both Kafka adapters are opened with. Times in ms. */
export interface KafkaSettings {
  /** `host:port` */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  /** PEM texts; `ca` null trusts the system's authorities */
  readonly tls?: {
    readonly ca: string | null;
    readonly cert: string | null;
    readonly key: string | null;
  } | null;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  /** of topics that are made; -1 takes the broker's own */
  readonly replicationFactor?: number;
  /** a member that was silent for so long is dead */
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** a request that was not answered for so long is sent again */
  readonly requestTimeoutMs?: number;
  /** `append` rejects after so long, though its records may still arrive */
  readonly appendTimeoutMs?: number;
  /** a consumer without progress for so long, while there is lag, is made anew */
  readonly watchdogMs?: number;
  /** requests of at least so many bytes are compressed (zstd) */
  readonly compressFromBytes?: number;
  /** records that a consumer holds before they are polled, in unpacked bytes; one record batch more may come to it */
  readonly bufferBytes?: number;
  /** most bytes, packed as they are, that the broker may answer to one fetch; half of it for one partition */
  readonly fetchBytes?: number;
  /** a record batch that unpacks to more is left out, and said as an error */
  readonly batchBytes?: number;
  /** bytes of values in one request, so in one record batch; a larger record goes alone */
  readonly requestBytes?: number;
  /** counts what the consumers hold */
  readonly held?: Held;
  /** longest wait of one fetch for new records; a reset takes so long at most to be heeded */
  readonly fetchWaitMs?: number;
  readonly log?: Logger;
}

const DEFAULTS = {
  clientId: 'loadcycle',
  replicationFactor: -1,
  sessionTimeoutMs: 8_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatIntervalMs: 1_600,
  requestTimeoutMs: 15_000,
  appendTimeoutMs: 30_000,
  watchdogMs: 90_000,
  compressFromBytes: 1024,
  bufferBytes: 16 * 1024 * 1024,
  fetchBytes: 8 * 1024 * 1024,
  batchBytes: 32 * 1024 * 1024,
  requestBytes: 1024 * 1024,
  fetchWaitMs: 500,
  tls: null,
  sasl: null,
  log: silentLogger,
} as const;

export type FullKafkaSettings = Required<KafkaSettings>;

export const fullSettings = (settings: KafkaSettings): FullKafkaSettings => ({
  ...DEFAULTS,
  held: new Held(),
  ...settings,
});

/** Largest record batch that topics made here take: a payload of 1 MiB with room for its headers, twice. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Configuration of topics that are made here. */
export function topicConfig(
  retentionMs: number | null,
  replicationFactor: number,
): { name: string; value: string }[] {
  const config = [
    { name: 'retention.ms', value: String(retentionMs ?? -1) },
    { name: 'max.message.bytes', value: String(MAX_BATCH_BYTES) },
    // the log's clock, not that of whoever appends
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
  ];
  // with acks=all this is what makes a record stand on more than one disk
  if (replicationFactor > 1) {
    config.push({ name: 'min.insync.replicas', value: String(replicationFactor - 1) });
  }
  return config;
}
