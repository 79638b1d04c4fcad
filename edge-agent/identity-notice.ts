import type { DeviceNotice, Logger } from '@loadcycle/contract';

/** The bridge says it at each status; without it for so long, it is over. */
const FOR_MS = 180_000;

/** What the cloud says of this agent's identity: that somebody else has it too. Told once, while it lasts. */
export class IdentityNotice {
  readonly #name: string;
  readonly #session: string;
  readonly #log: Logger;
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, session: string, log: Logger) {
    this.#name = name;
    this.#session = session;
    this.#log = log;
  }

  /** One line for the status; null where this agent is alone. */
  get problem(): string | null {
    if (performance.now() - this.#heardMs > FOR_MS) return null;
    return `another agent runs as ${this.#name} (device.duplicate-identity)`;
  }

  take({ notice, sessions }: DeviceNotice): void {
    // of agents that are gone, or of an earlier start of this one
    if (!sessions.includes(this.#session)) return;
    const others = sessions.filter((s) => s !== this.#session);
    if (this.problem === null) {
      this.#log.error(
        { code: notice, session: this.#session, others },
        `the cloud says that another agent runs as ${this.#name}: their samples are mixed; stop one of the two, or give it a ` +
          '--device and credentials of its own',
      );
    }
    this.#heardMs = performance.now();
  }
}
