import { describeEventLog } from '@loadcycle/event-log/contract-suite';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { afterAll, expect } from 'vitest';
import { kafkaUnderTest } from './kafka-suite.ts';

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(warning.name));
// kafkajs as published sets a timer to a negative time in every connection
afterAll(() => expect(warnings).not.toContain('TimeoutNegativeWarning'));

describeEventLog('kafkajs on Apache Kafka', () => kafkaUnderTest(openKafkaJs));
