import { describeEventLog } from '@loadcycle/event-log/contract-suite';
import { openKafkaJs } from '@loadcycle/event-log/kafkajs/index';
import { kafkaUnderTest } from './kafka-suite.ts';

describeEventLog('kafkajs on Apache Kafka', () => kafkaUnderTest(openKafkaJs));
