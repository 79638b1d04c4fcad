import { LoadcycleError } from '@loadcycle/contract';
import { sessionOf } from '../identity.ts';
import { readBirth } from './births.ts';
import { keyed } from './counted.ts';
import { land, type Reading } from './land.ts';
import { nothing, type SparkplugResult } from './result.ts';
import { NO_STATE, type SparkplugState } from './state.ts';

/**
 * A dead letter that is sent into the log again. It stands out of its order: it moves nothing that is known of the
 * node, and its batches are a session of their own, made from the message, so that replaying it twice changes nothing.
 * A birth explains itself, and names are what they were; an alias is only good if the births have not changed since.
 * Throws what makes it unreadable.
 */
export function replayed(state: SparkplugState, reading: Reading): SparkplugResult {
  const { topic, payload, message } = reading;
  if (topic.type.endsWith('DEATH')) return nothing(state);
  const session = sessionOf(
    'sparkplug-replayed',
    message.mqttTopic,
    message.payload,
    String(message.receivedAtUs),
  );
  const birth = topic.type.endsWith('BIRTH');
  let read: SparkplugState;
  let values: ReturnType<typeof keyed>;
  if (birth) {
    const born = readBirth({ metrics: {}, aliases: {} }, topic, payload.metrics);
    read = { ...NO_STATE, session, metrics: born.metrics };
    values = born.values;
  } else {
    const bornAtUs = topic.device === null ? state.bornAtUs : state.devices[topic.device];
    const isOfThem = bornAtUs !== undefined && message.receivedAtUs >= bornAtUs;
    if (state.session === null || (!isOfThem && payload.metrics.some((m) => m.name === ''))) {
      const what = 'the births that it was sent under are gone, and it has aliases for names';
      throw new LoadcycleError('sparkplug.no-birth', what, { pointer: '' });
    }
    read = { ...state, session, streams: {} };
    values = payload.metrics.flatMap((m, i) => keyed(state, topic.device, m, `/metrics/${i}`));
  }
  return { ...land(read, reading, values, { birth, effects: [] }), state };
}
