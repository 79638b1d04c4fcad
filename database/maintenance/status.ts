import { LoadcycleError } from '@loadcycle/contract';
import { Counter, Gauge, type Health, type Registry } from '@loadcycle/service';

/** How one of the duties that keep a store healthy goes. */
export interface DutyState {
  readonly name: string;
  /** ms since the epoch; null: not yet */
  readonly lastSuccessMs: number | null;
  readonly lastError: { readonly code: string; readonly message: string; readonly atMs: number } | null;
  /** since when it has failed each time, ms since the epoch; null: the last run was good */
  readonly failingSinceMs: number | null;
}

export interface StatusOptions {
  readonly health?: Health | undefined;
  readonly registry?: Registry | undefined;
  /**
   * Does a duty that goes on failing make the program unready? Not where others are served all the same (the whole system
   * in one process, the default), but where maintenance is all that it does.
   */
  readonly essential?: boolean;
  /** a duty that has failed for so long, and more than once, is told to health, ms */
  readonly patienceMs?: number;
}

/**
 * What became of each duty, in health and metrics: a store whose retention fails is well for days, and then its disk is
 * full. Duties of the loop report here, and so do the jobs of a server's policies (jobs.ts).
 */
export class MaintenanceStatus {
  readonly #states = new Map<string, DutyState & { readonly failures: number }>();
  readonly #options: StatusOptions;
  readonly #failures: Counter | null;

  constructor(options: StatusOptions = {}) {
    this.#options = options;
    this.#failures = options.registry === undefined ? null : this.#metrics(options.registry);
  }

  get(name: string): DutyState | undefined {
    return this.#states.get(name);
  }

  all(): DutyState[] {
    return [...this.#states.values()];
  }

  succeeded(name: string, atMs = Date.now()): void {
    const { lastError = null } = this.#states.get(name) ?? {};
    this.#states.set(name, { name, lastSuccessMs: atMs, lastError, failingSinceMs: null, failures: 0 });
    this.#options.health?.set(partOf(name), 'ok');
  }

  /**
   * A failure that is told again (of the same `atMs`) is counted once. `lastSuccessMs` where the caller knows better than
   * what was reported here.
   */
  failed(name: string, error: unknown, atMs = Date.now(), lastSuccessMs?: number | null): void {
    const before = this.#states.get(name);
    const code = error instanceof LoadcycleError ? error.code : 'internal';
    const message = (error as Error)?.message ?? String(error);
    const again = before?.failingSinceMs != null && before.lastError?.atMs === atMs;
    const failures = (before?.failures ?? 0) + (again ? 0 : 1);
    const failingSinceMs = before?.failingSinceMs ?? atMs;
    const good = lastSuccessMs === undefined ? (before?.lastSuccessMs ?? null) : lastSuccessMs;
    this.#states.set(name, {
      name,
      lastSuccessMs: good,
      lastError: { code, message, atMs },
      failingSinceMs,
      failures,
    });
    if (!again) this.#failures?.inc({ duty: name, code });
    const { health, essential = false, patienceMs = PATIENCE_MS } = this.#options;
    if (failures < 2 || Date.now() - failingSinceMs < patienceMs) return;
    if (!essential) health?.aside(partOf(name));
    health?.set(
      partOf(name),
      'failing',
      code,
      `fails since ${new Date(failingSinceMs).toISOString()}: ${message}`,
    );
  }

  /** It is a duty no longer (a policy that was taken away). */
  forget(name: string): void {
    this.#states.delete(name);
    this.#options.health?.delete(partOf(name));
  }

  #metrics(registry: Registry): Counter {
    const registers = [registry];
    const labelNames = ['duty'];
    const gauge = (name: string, help: string, of: (s: DutyState) => number | null): void => {
      const states = this.#states;
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const state of states.values()) {
            const value = of(state);
            if (value !== null) this.set({ duty: state.name }, value);
          }
        },
      });
    };
    gauge(
      'loadcycle_maintenance_last_success_seconds',
      'When a duty of maintenance was done last (seconds since the epoch)',
      (s) => (s.lastSuccessMs === null ? null : s.lastSuccessMs / 1000),
    );
    gauge(
      'loadcycle_maintenance_failing_seconds',
      'For how long a duty of maintenance has failed each time; 0: the last run was good',
      (s) => (s.failingSinceMs === null ? 0 : (Date.now() - s.failingSinceMs) / 1000),
    );
    return new Counter({
      name: 'loadcycle_maintenance_failures_total',
      help: 'Runs of a duty of maintenance that failed',
      labelNames: ['duty', 'code'],
      registers,
    });
  }
}

const PATIENCE_MS = 60_000;
const partOf = (name: string): string => `maintenance: ${name}`;
