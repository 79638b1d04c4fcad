import { printableLine } from '@loadcycle/contract/printable';

const WIDTH = 28;
const EVERY_MS = 100;
/** where there is no terminal, a line now and then */
const LINE_EVERY_MS = 10_000;

/** A bar on stderr that is drawn over; plain lines now and then where stderr is no terminal. */
export class Progress {
  readonly #label: string;
  readonly #silent: boolean;
  #last = performance.now();
  #drawn = false;

  constructor(label: string, silent = false) {
    this.#label = printableLine(label);
    this.#silent = silent;
    if (process.stderr.isTTY) this.#last = 0;
  }

  /** `share` from 0 to 1; null where nobody knows. */
  update(share: number | null, text: string): void {
    const now = performance.now();
    if (this.#silent || now - this.#last < (process.stderr.isTTY ? EVERY_MS : LINE_EVERY_MS)) return;
    this.#last = now;
    const known = share === null ? null : Math.max(0, Math.min(1, share));
    if (!process.stderr.isTTY) {
      const percent = known === null ? '' : ` ${Math.floor(known * 100)} %`;
      process.stderr.write(`${this.#label}${percent}  ${text}\n`);
      return;
    }
    this.#drawn = true;
    const full = known === null ? 0 : Math.round(known * WIDTH);
    const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
    const percent = known === null ? '' : `${String(Math.floor(known * 100)).padStart(3)} %`;
    const columns = (process.stderr.columns || 100) - 1;
    const whole = `${this.#label} ${bar} ${percent}  ${text}`;
    // where there is no room for all of it, what moves comes before the name
    const line = whole.length <= columns ? whole : `${percent}  ${text}  ${this.#label}`;
    process.stderr.write(`\r${line.slice(0, columns)}\x1b[K`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn) process.stderr.write('\r\x1b[K');
  }
}
