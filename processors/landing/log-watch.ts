import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { Gauge, type Health, type Registry } from '@loadcycle/service';

/** Its name in health: all works, so it does not decide whether landing is ready. */
export const LOST_LOG = 'lost log';
const LOOK_EVERY_MS = 5_000;

interface Parts {
  readonly database: Database;
  readonly health: Health;
  readonly log: Logger;
  readonly registry?: Registry | undefined;
}

/** Says in health and as a metric, until somebody acknowledges it, that an event log was lost (`log_replacement`). */
export class LogWatch {
  readonly #parts: Parts;
  readonly #gauge: Gauge | null;
  readonly #timer: NodeJS.Timeout;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.health.aside(LOST_LOG);
    this.#gauge =
      parts.registry === undefined
        ? null
        : new Gauge({
            name: 'loadcycle_log_replacements_unacknowledged',
            help: 'Event logs that were lost, or have lost records, and that nobody has acknowledged',
            registers: [parts.registry],
          });
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  async look(): Promise<void> {
    const { database, health, log } = this.#parts;
    try {
      const open = await database.query<{ id: number; topic: string }>(
        'SELECT id, topic FROM log_replacement WHERE acknowledged_at IS NULL ORDER BY id',
      );
      this.#gauge?.set(open.length);
      if (open.length === 0) return health.set(LOST_LOG, 'ok');
      const topics = [...new Set(open.map((r) => r.topic))].join(', ');
      const detail = `the event log of ${topics} was lost; see and acknowledge it: loadcycle lost-log`;
      health.set(LOST_LOG, 'failing', 'log.replaced', detail);
    } catch (err) {
      log.debug({ err }, 'lost logs could not be looked for');
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
