import type { Admin } from '@platformatic/kafka';
import { unknownTopic } from '../errors.ts';
import { hasApiId, toLogError } from '../platformatic/client.ts';
import type { LogIdentities } from '../port.ts';

/** What Kafka before 2.8 says in place of an id. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Kafka's own ids of topics: made with the topic, never given again. Asked by @platformatic/kafka for both adapters:
 * kafkajs speaks Metadata up to version 6, and the id came with version 10.
 */
export async function topicIds(admin: Admin, topics: readonly string[]): Promise<LogIdentities> {
  try {
    const metadata = await admin.metadata({
      topics: [...topics],
      forceUpdate: true,
      autocreateTopics: false,
    });
    return new Map(
      topics.map((topic) => {
        const id = metadata.topics.get(topic)?.id;
        if (id === undefined) throw unknownTopic(topic);
        return [topic, id === NO_ID ? null : id];
      }),
    );
  } catch (error) {
    if (hasApiId(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw unknownTopic(topics.join(', '));
    throw toLogError(error);
  }
}
