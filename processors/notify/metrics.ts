import { Counter, Gauge, type Health, Registry } from '@loadcycle/service';
import type { Target } from './target.ts';

/** What Prometheus sees; one for all targets of a process. */
export class NotifyMetrics {
  readonly delivered: Counter<'target'>;
  readonly failed: Counter<'target' | 'code'>;

  /** `targets`: those that run now */
  constructor(health: Health, targets: () => Iterable<Target>, registry: Registry = new Registry()) {
    const registers = [registry];
    new Gauge({
      name: 'loadcycle_notify_target_up',
      help: '1 where the target takes what it is told, 0 where it is away or has refused the last event',
      labelNames: ['target'],
      registers,
      collect() {
        const parts = health.snapshot();
        this.reset();
        for (const { consumer: target, part } of targets())
          this.set({ target }, parts[part]?.state === 'ok' ? 1 : 0);
      },
    });
    this.delivered = new Counter({
      name: 'loadcycle_notify_delivered_total',
      help: 'Anomalies that a target has taken',
      labelNames: ['target'],
      registers,
    });
    this.failed = new Counter({
      name: 'loadcycle_notify_failed_total',
      help: 'Anomalies that were given up for a target, by reason',
      labelNames: ['target', 'code'],
      registers,
    });
  }
}
