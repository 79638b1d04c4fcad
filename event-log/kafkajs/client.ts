import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Logger } from '@loadcycle/contract';
import kafkajs, { type Kafka, type KafkaConfig, type logCreator } from 'kafkajs';
import type { FullKafkaSettings } from '../kafka/settings.ts';
import './quiet-queue.ts';
import { unpackForKafkaJs } from './unpacking.ts';

const { CompressionCodecs, CompressionTypes, Kafka: Client, logLevel } = kafkajs;

const compress = promisify(zstdCompress);
/**
 * Each piece of output costs a trip to a thread and back: as few pieces as may be, 16 KiB (the default of `node:zlib`) to
 * 1 MiB each. Text of numbers shrinks to a third or a quarter.
 */
const pieces = (bytes: number): { chunkSize: number } => ({
  chunkSize: Math.ceil(Math.min(Math.max(bytes, 16_384), 1_048_576)),
});
const CODECS = [
  CompressionTypes.GZIP,
  CompressionTypes.Snappy,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
] as const;
for (const codec of CODECS) {
  (CompressionCodecs as Record<number, unknown>)[codec] = () => ({
    // the producer packs by zstd alone
    compress: ({ buffer }: { buffer: Buffer }) => compress(buffer, pieces(buffer.length / 2)),
    decompress: (packed: Buffer) => unpackForKafkaJs(packed, codec),
  });
}

/**
 * Few retries in the client, and endless loops around it here: a client that retries for ever cannot be closed, and
 * keeps its process alive, while Kafka is away.
 */
export const RETRY = { initialRetryTime: 200, maxRetryTime: 3000, retries: 4 };

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
      if (
        error === undefined &&
        /^(Response without match|Limiting retries for the idempotent)/.test(message)
      )
        return;
      log.warn({ part: namespace, broker, group: groupId, err: error }, `kafkajs: ${message}`);
    };
}
