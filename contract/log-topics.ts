/** The event log's topics. */
export const LOG_TOPICS = {
  /** key `site/device/signal`, value = the MQTT payload untouched, headers {@link HEADERS} */
  samples: 'loadcycle.samples',
  /** key `site/device`, value = the device's status as it published it */
  status: 'loadcycle.status',
  /** key `site/device/signal`, value = JSON of a `CycleEvent`: what the cycles worker has committed */
  cycles: 'loadcycle.cycles',
  /** key `site/device/signal`, value = JSON of an anomaly that was opened or closed */
  anomalies: 'loadcycle.anomalies',
  /** key and value untouched, headers of the original + reason, pointer, where it came from */
  deadLetters: 'loadcycle.dead-letters',
} as const;

/** Headers of records in the event log (all values UTF-8 text). */
export const HEADERS = {
  mqttTopic: 'mqtt-topic',
  contentType: 'content-type',
  /** integer µs since the epoch, the bridge's clock */
  receivedAt: 'received-at',
  /** why a dead letter is one: an `ErrorCode` */
  reason: 'reason',
  detail: 'detail',
  /** JSON Pointer to the place in the payload */
  pointer: 'pointer',
  /** `topic/partition/offset` of the record that a dead letter came from */
  origin: 'origin',
  /** `true`: a dead letter that was sent into the log again, out of its order */
  replayed: 'replayed',
} as const;

export const CONTENT_TYPE = {
  batch: 'application/vnd.loadcycle.batch+json',
  senml: 'application/senml+json',
  sparkplug: 'application/vnd.sparkplug.b+protobuf',
} as const;
