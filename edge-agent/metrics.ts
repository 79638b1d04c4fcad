import { Gauge, type Registry } from '@loadcycle/service';
import type { AgentStats } from './report.ts';

/** What Prometheus reads of an agent. */
const METRICS: [name: string, help: string, read: (s: AgentStats) => number][] = [
  ['samples_total', 'samples in finished batches', (s) => s.samples],
  ['batches_total', 'batches made', (s) => s.batches],
  ['batches_published_total', 'batches handed to the broker for the first time', (s) => s.published],
  ['batches_resent_total', 'batches handed to the broker again', (s) => s.resent],
  ['batches_confirmed_total', 'batches that a receipt has named', (s) => s.confirmed],
  ['batches_dropped_total', 'batches dropped because the disk was full', (s) => s.dropped],
  ['held_batches', 'batches that wait in the folder under other names', (s) => s.held],
  ['outbox_batches', 'batches that wait for their receipt', (s) => s.outbox.batches],
  ['outbox_bytes', 'payload bytes that wait for their receipt', (s) => s.outbox.bytes],
  ['outbox_disk_bytes', 'bytes on disk that they take', (s) => s.outbox.diskBytes],
  ['connected', '1 while connected to the broker', (s) => Number(s.connected)],
  ['sampling', '1 while sampling', (s) => Number(s.sampling)],
];

export function exposeMetrics(agent: { stats(): AgentStats }, registry: Registry): void {
  for (const [name, help, read] of METRICS) {
    new Gauge({
      name: `loadcycle_agent_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read(agent.stats()));
      },
    });
  }
}
