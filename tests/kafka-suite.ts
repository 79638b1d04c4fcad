import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '@loadcycle/event-log';
import type { LogUnderTest } from '@loadcycle/event-log/contract-suite';
import type { KafkaSettings } from '@loadcycle/event-log/kafka/settings';
import { startKafka } from './support/kafka.ts';

/** Short times, so that failures show in seconds. */
export const SHORT: Omit<KafkaSettings, 'brokers'> = {
  sessionTimeoutMs: 3000,
  rebalanceTimeoutMs: 5000,
  heartbeatIntervalMs: 200,
  requestTimeoutMs: 3000,
  fetchWaitMs: 100,
  watchdogMs: 6000,
};

/** A Kafka of its own and clients of it, for the contract suite. */
export async function kafkaUnderTest(
  open: (settings: KafkaSettings) => Promise<EventLog>,
): Promise<LogUnderTest | string> {
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-kafka-'));
  let lack = '';
  const kafka = await startKafka({ folder, onLack: (reason) => void (lack = reason) });
  if (!kafka) return lack;
  const settings = { ...SHORT, brokers: [kafka.brokers] };
  const opened: EventLog[] = [];
  const client = async (): Promise<EventLog> => {
    const log = await open(settings);
    opened.push(log);
    return log;
  };
  let log = await client();
  return {
    get log() {
      return log;
    },
    another: client,
    spare: client,
    reopen: async () => {
      await log.close();
      log = await client();
      return log;
    },
    remade: async (topic) => {
      await kafka.deleteTopic(topic);
      await log.close();
      log = await client();
      await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
      return log;
    },
    stop: async () => {
      await Promise.all(opened.map((l) => l.close()));
      await kafka.stop();
      await rm(folder, { recursive: true });
    },
  };
}
