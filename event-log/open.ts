import { readFileSync } from 'node:fs';
import { LOG_TOPICS, LoadcycleError, type Logger, type Settings, setting } from '@loadcycle/contract';
import type { Health } from '@loadcycle/service';
import type { KafkaSettings } from './kafka/settings.ts';
import type { EventLog, TopicSpec } from './port.ts';

/** The settings of the event log, a piece of each program's own. */
export const eventLogSettings = {
  logKind: setting.choice('which event log', ['sqlite', 'kafkajs', 'platformatic'], 'sqlite'),
  logFolder: setting.text('folder of the embedded event log (sqlite)', 'data/log', 'FOLDER'),
  logMaxBytes: setting.integer('size at which the embedded log drops its oldest records; 0 for none', 0),
  logPartitions: setting.integer(
    'partitions of topics that are made; 0 for 1 (sqlite) or 6 (Kafka)',
    0,
    0,
    1000,
  ),
  logRetention: setting.duration('how long topics that are made keep their records; dead letters stay', '7d'),
  kafkaBrokers: setting.text('Kafka brokers, separated by commas', 'localhost:9092', 'HOST:PORT,…'),
  kafkaReplication: setting.integer(
    'copies of topics that are made; 0 for the broker’s own number',
    0,
    0,
    32767,
  ),
  kafkaTls: setting.flag('talk TLS to Kafka', false),
  kafkaCaFile: setting.optional('authority that Kafka’s certificate must come from (PEM)', 'FILE'),
  kafkaCertFile: setting.optional('own certificate (PEM)', 'FILE'),
  kafkaKeyFile: setting.optional('key of the own certificate (PEM)', 'FILE'),
  kafkaSasl: setting.choice(
    'how to sign in to Kafka',
    ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    'none',
  ),
  kafkaUser: setting.optional('name to sign in to Kafka with', 'NAME'),
  kafkaPassword: setting.optional('password to sign in to Kafka with', 'PASSWORD', { secret: true }),
  kafkaSessionTimeout: setting.duration('a consumer that was silent for so long is dead', '8s'),
  kafkaRequestBytes: setting.integer(
    'bytes of messages, not packed, that are written to Kafka at once; a larger message goes alone',
    1_048_576,
    1_024,
    4_194_304,
  ),
  kafkaBufferBytes: setting.integer(
    'bytes of messages, unpacked, that a consumer holds before they are worked on',
    16_777_216,
    65_536,
  ),
  kafkaBatchBytes: setting.integer(
    'a record batch that unpacks to more than this is left out, and said as an error',
    33_554_432,
    1_048_576,
  ),
};

export type EventLogSettings = Settings<typeof eventLogSettings>;

/**
 * The event log that the settings name. Kafka is connected to when it is first used; the embedded one is opened at
 * once. Throws `settings.invalid`, `folder.in-use`, `folder.unwritable` or `log.broken`.
 */
export async function openEventLog(
  s: EventLogSettings,
  { log, health }: { log: Logger; health?: Health },
): Promise<EventLog> {
  // each adapter's client is loaded only where it is used
  switch (s.logKind) {
    case 'sqlite': {
      const { openSqliteLog } = await import('./sqlite/index.ts');
      return openSqliteLog({
        folder: s.logFolder,
        maxBytes: s.logMaxBytes || null,
        log,
        ...(health === undefined ? {} : { health }),
      });
    }
    case 'kafkajs': {
      const { openKafkaJs } = await import('./kafkajs/index.ts');
      return openKafkaJs({ ...kafkaSettings(s), log });
    }
    case 'platformatic': {
      const { openPlatformatic } = await import('./platformatic/index.ts');
      return openPlatformatic({ ...kafkaSettings(s), log });
    }
  }
}

/** Kafka's settings with the files read. Throws `settings.invalid`. */
export function kafkaSettings(s: EventLogSettings): KafkaSettings {
  const brokers = s.kafkaBrokers.split(',').map((b) => b.trim());
  if (!brokers.every((b) => /^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/.test(b))) {
    throw new LoadcycleError('settings.invalid', `--kafka-brokers: "${s.kafkaBrokers}" must be host:port,…`);
  }
  if ((s.kafkaCertFile === null) !== (s.kafkaKeyFile === null)) {
    throw new LoadcycleError('settings.invalid', '--kafka-cert-file and --kafka-key-file go together');
  }
  const tls = s.kafkaTls || s.kafkaCaFile !== null || s.kafkaCertFile !== null;
  return {
    brokers,
    replicationFactor: s.kafkaReplication || -1,
    requestBytes: s.kafkaRequestBytes,
    bufferBytes: s.kafkaBufferBytes,
    batchBytes: s.kafkaBatchBytes,
    sessionTimeoutMs: s.kafkaSessionTimeout / 1000,
    heartbeatIntervalMs: Math.min(3000, s.kafkaSessionTimeout / 1000 / 5),
    tls: tls
      ? {
          ca: pem('--kafka-ca-file', s.kafkaCaFile),
          cert: pem('--kafka-cert-file', s.kafkaCertFile),
          key: pem('--kafka-key-file', s.kafkaKeyFile),
        }
      : null,
    sasl: s.kafkaSasl === 'none' ? null : { mechanism: s.kafkaSasl, ...signIn(s) },
  };
}

function pem(flag: string, file: string | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `${flag}: cannot read ${file}`, { cause });
  }
}

function signIn(s: EventLogSettings): { username: string; password: string } {
  if (s.kafkaUser === null || s.kafkaPassword === null) {
    throw new LoadcycleError(
      'settings.invalid',
      `--kafka-sasl ${s.kafkaSasl} needs --kafka-user and a password`,
    );
  }
  return { username: s.kafkaUser, password: s.kafkaPassword };
}

/** Loadcycle's own topics as these settings want them: for `ensureTopics`. */
export function logTopics(s: EventLogSettings): TopicSpec[] {
  const partitions = s.logPartitions || (s.logKind === 'sqlite' ? 1 : 6);
  const retentionMs = s.logRetention / 1000;
  return Object.values(LOG_TOPICS).map((topic) => ({
    topic,
    partitions,
    retentionMs: topic === LOG_TOPICS.deadLetters ? null : retentionMs,
  }));
}
