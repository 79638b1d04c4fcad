/**
 * What Mosquitto counts of itself (retained, every `sys_interval`), and who hears it: bridge and API. Mosquitto acknowledges
 * a message that finds no room in a queue and throws it away; these counts are the only sign of it.
 */
export const MOSQUITTO_COUNTS = {
  /** messages that found no room in a subscriber's queue, since the broker started */
  dropped: '$SYS/broker/publish/messages/dropped',
  /** messages and bytes of payload that it holds: retained, and waiting for subscribers */
  storedMessages: '$SYS/broker/store/messages/count',
  storedBytes: '$SYS/broker/store/messages/bytes',
} as const;

export const MOSQUITTO_TOPICS: readonly string[] = Object.values(MOSQUITTO_COUNTS);
