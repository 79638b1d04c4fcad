import { Counter, Gauge, Histogram, Registry } from '@loadcycle/service';

/** What Prometheus sees of a bridge. */
export class BridgeMetrics {
  readonly #registry: Registry;
  /** since the last look: a labelled counter costs more than all else that is done for a message here */
  readonly #messages = new Map<string, number>();
  #bytes = 0;
  readonly #deadLetters: Counter<'code'>;
  readonly #receipts: Counter;
  readonly #append: Histogram;
  readonly #connected: Gauge;

  constructor(registry: Registry = new Registry()) {
    const registers = [registry];
    this.#registry = registry;
    const messages = this.#messages;
    new Counter({
      name: 'loadcycle_bridge_messages_total',
      help: 'MQTT messages taken from the broker, by where they go',
      labelNames: ['to'],
      registers,
      collect() {
        for (const [to, n] of messages) this.inc({ to }, n);
        messages.clear();
      },
    });
    const takeBytes = (): number => {
      const bytes = this.#bytes;
      this.#bytes = 0;
      return bytes;
    };
    new Counter({
      name: 'loadcycle_bridge_payload_bytes_total',
      help: 'Bytes of payload taken from the broker',
      registers,
      collect() {
        this.inc(takeBytes());
      },
    });
    this.#deadLetters = new Counter({
      name: 'loadcycle_bridge_dead_letters_total',
      help: 'Messages that went to the dead letters at the bridge, by reason',
      labelNames: ['code'],
      registers,
    });
    this.#receipts = new Counter({
      name: 'loadcycle_bridge_receipts_total',
      help: 'Receipts sent to devices',
      registers,
    });
    this.#append = new Histogram({
      name: 'loadcycle_bridge_append_seconds',
      help: 'Time until the log has acknowledged an append',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.#connected = new Gauge({
      name: 'loadcycle_bridge_connections',
      help: 'MQTT connections that are up and subscribed',
      registers,
    });
  }

  message(to: string, bytes: number): void {
    this.#messages.set(to, (this.#messages.get(to) ?? 0) + 1);
    this.#bytes += bytes;
  }

  deadLetter(code: string): void {
    this.#deadLetters.inc({ code });
  }

  receipt(): void {
    this.#receipts.inc();
  }

  append(seconds: number): void {
    this.#append.observe(seconds);
  }

  connected(n: number): void {
    this.#connected.set(n);
  }

  /** @param depth records that wait for the log */
  watch(depth: () => number): void {
    new Gauge({
      name: 'loadcycle_bridge_waiting_records',
      help: 'Records taken from the broker that the log has not acknowledged',
      registers: [this.#registry],
      collect() {
        this.set(depth());
      },
    });
  }
}
