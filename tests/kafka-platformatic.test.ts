import { describeEventLog } from '@loadcycle/event-log/contract-suite';
import { openPlatformatic } from '@loadcycle/event-log/platformatic/index';
import { kafkaUnderTest } from './kafka-suite.ts';

describeEventLog('platformatic on Apache Kafka', () => kafkaUnderTest(openPlatformatic));
