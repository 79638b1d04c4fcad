import type { ErrorCode } from '@loadcycle/contract';

export interface ComponentHealth {
  state: 'ok' | 'waiting' | 'failing';
  code?: ErrorCode | undefined;
  detail?: string | undefined;
  /** ms since the epoch */
  since: number;
}

/** What each part of a program says of itself: `failing` (standing failure) makes it unready and unhealthy in `/readyz`. */
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

  get ready(): boolean {
    return [...this.#parts].every(([name, p]) => p.state === 'ok' || this.#aside.has(name));
  }

  snapshot(): Record<string, ComponentHealth> {
    return Object.fromEntries([...this.#parts].map(([name, part]) => [name, { ...part }]));
  }
}
