/**
 * event-log: the port `EventLog` and its adapters, chosen by a setting.
 *
 * Embedded, the log is an SQLite file in this process (`sqlite/`); in the cloud it is Apache Kafka, by one of
 * two clients (`kafkajs/`, `platformatic/`; what both share is in `kafka/`). `contract-suite.ts` says what each must do.
 */
export * from './open.ts';
export * from './port.ts';
