import { Gauge, type Registry } from '@loadcycle/service';
import type { SessionStats } from './sessions.ts';

export interface BrokerState extends SessionStats {
  readonly connections: number;
  /** logins, publishes, subscriptions, packets and readers that were refused */
  readonly refusals: number;
}

const METRICS: [name: string, help: string, read: (s: BrokerState) => number][] = [
  ['connections', 'MQTT connections', (s) => s.connections],
  ['refusals_total', 'Logins, messages, subscriptions and packets that were refused', (s) => s.refusals],
  ['sessions', 'MQTT sessions that are kept', (s) => s.sessions],
  ['queued_bytes', 'Bytes that wait for sessions', (s) => s.queuedBytes],
  [
    'dropped_messages_total',
    'Messages that found no room in a queue or among the retained',
    (s) => s.droppedMessages,
  ],
  ['retained_messages', 'Retained messages', (s) => s.retainedMessages],
];

/** What Prometheus sees of the embedded broker. */
export function exposeBroker(registry: Registry, state: () => BrokerState): void {
  for (const [name, help, read] of METRICS) {
    new Gauge({
      name: `loadcycle_broker_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(state()));
      },
    });
  }
}
