import { describeKafkaFailures } from './kafka-members/suite.ts';

describeKafkaFailures('platformatic');
