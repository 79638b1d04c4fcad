import type { ErrorCode } from '@loadcycle/contract';

export interface ComponentHealth {
  state: 'ok' | 'waiting' | 'failing';
  code?: ErrorCode | undefined;
  detail?: string | undefined;
  /** ms since the epoch */
  since: number;
}

/**
 * What each part of a program says of itself. `waiting` (a transient failure) and `failing` (a standing one) make the
 * program unready in `/readyz`: it does not do its work. A part that is aside makes it `degraded` only: it serves what it
 * is asked for, and something beside that wants to be looked at.
 */
export class Health {
  readonly #parts = new Map<string, ComponentHealth>();
  readonly #aside = new Set<string>();

  /** What this part says is told, and does not decide whether the program is ready: it can do its work without it. */
  aside(part: string): void {
    this.#aside.add(part);
  }

  set(part: string, state: ComponentHealth['state'], code?: ErrorCode, detail?: string): void {
    const now = this.#parts.get(part);
    if (now?.state === state && now.code === code && now.detail === detail) return;
    this.#parts.set(part, { state, code, detail, since: Date.now() });
  }

  /** Forgets a part that there is no more. */
  delete(part: string): void {
    this.#parts.delete(part);
  }

  get ready(): boolean {
    return [...this.#parts].every(([name, p]) => p.state === 'ok' || this.#aside.has(name));
  }

  /** As `/readyz` shows it. `degraded`: a part that is aside is not well. */
  get status(): 'ok' | 'degraded' | 'not-ready' {
    if (!this.ready) return 'not-ready';
    return [...this.#parts.values()].every((p) => p.state === 'ok') ? 'ok' : 'degraded';
  }

  snapshot(): Record<string, ComponentHealth> {
    return Object.fromEntries([...this.#parts].map(([name, part]) => [name, { ...part }]));
  }
}
