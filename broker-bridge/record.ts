import { type ErrorCode, HEADERS, LOG_TOPICS } from '@loadcycle/contract';
import type { NewRecord } from '@loadcycle/event-log/port';
import type { Route } from './route.ts';

/** of a payload that the log cannot take, so much is kept in its dead letter */
const EXCERPT_BYTES = 65_536;

/** What the log gets of a message; null where it gets nothing. */
export function toRecord(route: Route, topic: string, payload: Buffer, maxBytes: number): NewRecord | null {
  if (route.to === 'nowhere') return null;
  // an empty retained message takes a status back: there is nothing to tell
  if (route.to === 'status' && payload.byteLength === 0) return null;
  const headers: Record<string, string> = {
    [HEADERS.mqttTopic]: topic,
    [HEADERS.receivedAt]: String(Date.now() * 1000),
  };
  if (route.to === 'dead-letters') return deadLetter(topic, payload, route.code, route.detail, headers);
  if (route.to === 'samples') headers[HEADERS.contentType] = route.contentType;
  if (payload.byteLength > maxBytes) {
    const detail = `${payload.byteLength} bytes; the limit is ${maxBytes}`;
    return deadLetter(topic, payload, 'message.too-large', detail, headers);
  }
  const to = route.to === 'samples' ? LOG_TOPICS.samples : LOG_TOPICS.status;
  return { topic: to, key: route.key, value: payload, headers };
}

/** The payload as it came (cut where no log would take it), and why it stands here. */
export function deadLetter(
  topic: string,
  payload: Buffer,
  reason: ErrorCode,
  detail: string,
  headers: Readonly<Record<string, string>> | undefined,
): NewRecord {
  const cut = payload.byteLength > EXCERPT_BYTES;
  return {
    topic: LOG_TOPICS.deadLetters,
    key: topic,
    value: cut ? payload.subarray(0, EXCERPT_BYTES) : payload,
    headers: {
      ...headers,
      [HEADERS.reason]: reason,
      [HEADERS.detail]: cut ? `${detail} (the first ${EXCERPT_BYTES} bytes are kept)` : detail,
      [HEADERS.pointer]: '',
    },
  };
}
