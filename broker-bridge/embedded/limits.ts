import { type Settings, setting } from '@loadcycle/contract';

/** What one client of the embedded broker may take, and all of them together. */
export const brokerLimitSettings = {
  mqttMaxPacket: setting.integer(
    'largest MQTT packet, bytes; a client that announces a larger one is disconnected before it is read',
    // the largest batch (1 MiB), its topic and its header
    1_048_576 + 65_536,
    1_024,
    268_435_455,
  ),
  mqttConnectTimeout: setting.duration('a connection that sends no CONNECT within this is closed', '10s'),
  mqttConnections: setting.integer('MQTT connections at most (services come on top)', 2_000, 1, 65_535),
  mqttConnectionsPerAddress: setting.integer('MQTT connections of one address at most', 500, 1, 65_535),
  mqttSubscriptions: setting.integer('subscriptions of one MQTT client at most', 100, 1, 10_000),
  mqttSessions: setting.integer('MQTT sessions that are kept for users at most', 10_000, 1),
  mqttSessionsPerUser: setting.integer('MQTT sessions that are kept for one user at most', 8, 1),
  mqttSessionAge: setting.duration('an MQTT session is kept so long after its client has left', '7d'),
  mqttQueuedBytes: setting.integer('bytes that wait for one MQTT session at most', 67_108_864, 1_024),
  mqttQueuedBytesTotal: setting.integer('bytes that wait for all MQTT sessions at most', 134_217_728, 1_024),
  mqttRetainedBytes: setting.integer(
    'bytes of retained MQTT messages at most; of one device a sixteenth',
    67_108_864,
    1_024,
  ),
  mqttSlowReaderBytes: setting.integer(
    'bytes that an MQTT client may leave unread before it is disconnected',
    4_194_304,
    65_536,
  ),
};

export type BrokerLimitSettings = Settings<typeof brokerLimitSettings>;

export const BROKER_LIMIT_DEFAULTS = Object.fromEntries(
  Object.entries(brokerLimitSettings).map(([name, s]) => [name, s.fallback]),
) as BrokerLimitSettings;

/** What no client has a use for more of. */
export const FIXED_LIMITS = {
  /** CONNECT with a will of 64 KiB, the most that MQTT can say of one */
  connectBytes: 131_072,
  subscribeBytes: 16_384,
  /** PUBACK, PINGREQ and the like */
  otherBytes: 128,
  clientIdLength: 256,
  usernameLength: 256,
  passwordBytes: 1_024,
  topicLength: 1_024,
  /** connections that have not signed in yet; beyond these the oldest one goes */
  pending: 512,
  pendingPerAddress: 128,
  /** messages; a device needs one for its status */
  retainedPerDevice: 16,
  retained: 20_000,
  /** password checks at a time (each takes a thread and 32 MB for a tenth of a second), and those that wait */
  passwordChecks: 2,
  passwordChecksWaiting: 128,
  /** QoS 2 messages of one client between PUBLISH and PUBREL */
  inflightInbound: 1_000,
} as const;
