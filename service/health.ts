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

  set(part: string, state: ComponentHealth['state'], code?: ErrorCode, detail?: string): void {
    const now = this.#parts.get(part);
    if (now?.state === state && now.code === code && now.detail === detail) return;
    this.#parts.set(part, { state, code, detail, since: Date.now() });
  }

  get ready(): boolean {
    return [...this.#parts.values()].every((p) => p.state === 'ok');
  }

  snapshot(): Record<string, ComponentHealth> {
    return Object.fromEntries([...this.#parts].map(([name, part]) => [name, { ...part }]));
  }
}
