import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Logger } from '@loadcycle/contract';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator } from 'kafkajs';
import type { FullKafkaSettings } from '../kafka/settings.ts';

const { CompressionCodecs, CompressionTypes, Kafka: Client, logLevel } = kafkajs;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer),
  decompress: (buffer: Buffer) => decompress(buffer),
});

/**
 * kafkajs 2.2.4 keeps a timer running in each connection's request queue even when nothing waits in it, and sets
 * it to a negative time: a TimeoutNegativeWarning and 3 % of a core when idle. A check is due only where something waits.
 */
interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
}
const queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as { prototype: object };
Object.assign(queue.prototype, {
  scheduleCheckPendingRequests(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const waitMs = Math.max(this.throttledUntil - Date.now(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  },
});

/** With the defaults, sends were rejected in an outage of seconds: here the client outlasts any. */
export const RETRY = {
  initialRetryTime: 200,
  maxRetryTime: 3000,
  retries: 1e9,
  restartOnFailure: async () => true,
};

export function makeClient(settings: FullKafkaSettings): Kafka {
  const { tls, sasl } = settings;
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: 3000,
    requestTimeout: settings.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: logTo(settings.log),
  };
  if (tls) config.ssl = { ca: tls.ca ?? undefined, cert: tls.cert ?? undefined, key: tls.key ?? undefined };
  if (sasl) config.sasl = { ...sasl } as NonNullable<KafkaConfig['sasl']>;
  return new Client(config);
}

/** kafkajs says as errors what it mends by itself: they are warnings here. */
function logTo(log: Logger): logCreator {
  return () =>
    ({ namespace, log: entry }) => {
      const { message, error, broker, groupId } = entry as { message: string } & Record<string, unknown>;
      if (error === undefined && /^(Response without match)/.test(message)) return;
      log.warn({ part: namespace, broker, group: groupId, err: error }, `kafkajs: ${message}`);
    };
}
