/**
 * Can the API serve? It can where the store answers and tokens can be verified: that is what readers need. Without the
 * event log there is no live stream, without the MQTT broker there are no commands; both answer 503 for themselves, and
 * taking the whole instance out of service would take away the reads as well. So these two are told as `degraded`.
 *
 * Liveness is another question: a process whose engines are away is well (`/healthz`).
 */
import { type ErrorCode, isErrorCode, LOG_TOPICS, type Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { Gauge, type Health, type Registry } from '@loadcycle/service';

export interface ReadinessServices {
  readonly reader: Database;
  readonly control: Database;
  readonly eventLog: EventLog;
  readonly health: Health;
  readonly log: Logger;
  readonly registry?: Registry | undefined;
  /** null: no broker is configured; otherwise whether it is connected */
  readonly broker: () => boolean | null;
  /** can tokens be verified? Throws where they can not. */
  readonly keys: () => Promise<unknown>;
  /** the keys are a provider's outside, not the store's */
  readonly external: boolean;
}

export interface Check {
  readonly state: 'ok' | 'failing';
  readonly ms: number;
  readonly code?: ErrorCode;
}

export interface Looked {
  readonly status: 'ok' | 'degraded' | 'not-ready';
  readonly checks: Readonly<Record<string, Check>>;
  /** what the other parts of the process say that are not well */
  readonly parts: Readonly<Record<string, { state: 'waiting' | 'failing'; code?: ErrorCode | undefined }>>;
}

/** An engine that has not answered by then is taken for away. */
const CHECK_MS = 2_000;
const EVERY_MS = 5_000;
/** at the start, when connections are only being made, and while something is away */
const SOON_MS = 1_000;
const ASIDE: readonly string[] = ['log', 'broker'];

export class Readiness {
  readonly #s: ReadinessServices;
  readonly #up = new Map<string, boolean>();
  /** what the log says of each engine */
  readonly #logged = new Map<string, boolean>();
  #looking: Promise<Looked> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(services: ReadinessServices) {
    this.#s = services;
    for (const name of ASIDE) services.health.aside(partOf(name));
    if (services.registry !== undefined) this.#measure(services.registry);
  }

  /** Looks every few seconds, for the health port and metrics. */
  start(): void {
    const look = async (): Promise<void> => {
      const { status } = await this.look();
      if (this.#timer !== null) this.#timer = setTimeout(look, status === 'ok' ? EVERY_MS : SOON_MS);
    };
    this.#timer = setTimeout(look, 0);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#looking;
  }

  /** Asks each engine; whoever asks meanwhile gets the same answer. Never throws. */
  look(): Promise<Looked> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<Looked> {
    const s = this.#s;
    const broker = s.broker();
    const [keys, store, control, log] = await Promise.all([
      check(s.keys),
      check(() => s.reader.query('SELECT 1')),
      check(() => s.control.query('SELECT 1')),
      check(() => s.eventLog.ends([LOG_TOPICS.samples])),
    ]);
    const away: Check = { state: 'failing', ms: 0, code: 'broker.unavailable' };
    const checks: Record<string, Check> = {
      store,
      control,
      [s.external ? 'issuer' : 'keys']: keys,
      log,
      ...(broker === null ? null : { broker: broker ? { state: 'ok', ms: 0 } : away }),
    };
    for (const [name, result] of Object.entries(checks)) this.#tell(name, result);
    const failing = Object.keys(checks).filter((name) => checks[name]!.state !== 'ok');
    const parts = this.#others();
    const ready = failing.every((name) => ASIDE.includes(name));
    const well = failing.length === 0 && Object.keys(parts).length === 0;
    return { status: ready ? (well ? 'ok' : 'degraded') : 'not-ready', checks, parts };
  }

  #tell(name: string, { state, code }: Check): void {
    const was = this.#up.get(name);
    const up = state === 'ok';
    this.#up.set(name, up);
    const { health, log } = this.#s;
    health.set(partOf(name), up ? 'ok' : 'waiting', code, up ? undefined : MEANING[name]);
    // at the first look a connection may still be on its way
    if (was === undefined || up === (this.#logged.get(name) ?? true)) return;
    this.#logged.set(name, up);
    if (up) log.info({ part: name }, `the API has its ${NAME[name] ?? name} again`);
    else log.warn({ part: name, code }, `the API is without its ${NAME[name] ?? name}: ${MEANING[name]}`);
  }

  /** In one process with others (`npm start`), what they say: it is all one health to whoever looks here. */
  #others(): Looked['parts'] {
    const parts: Record<string, Looked['parts'][string]> = {};
    for (const [name, { state, code }] of Object.entries(this.#s.health.snapshot())) {
      if (state !== 'ok' && !name.startsWith(PREFIX)) parts[name] = { state, ...(code ? { code } : {}) };
    }
    return parts;
  }

  #measure(registry: Registry): void {
    const up = this.#up;
    new Gauge({
      name: 'loadcycle_api_engine_up',
      help: 'Whether an engine behind the API answers: store, control, keys or issuer, log, broker',
      labelNames: ['engine'],
      registers: [registry],
      collect() {
        for (const [engine, value] of up) this.set({ engine }, value ? 1 : 0);
      },
    });
  }
}

const PREFIX = 'API: ';
const partOf = (name: string): string => `${PREFIX}${name}`;

const NAME: Record<string, string> = {
  log: 'event log',
  broker: 'MQTT broker',
  issuer: "token issuer's keys",
  keys: 'signing keys',
};
const MEANING: Record<string, string> = {
  store: 'nothing can be read',
  control: 'no token can be given or checked, and nothing written',
  keys: 'no token can be checked',
  issuer: 'no token can be checked',
  log: 'no live stream; reads go on',
  broker: 'no commands to devices; reads go on',
};

async function check(work: () => Promise<unknown>): Promise<Check> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'request.timeout' })), CHECK_MS);
    });
    await Promise.race([work(), late]);
    return { state: 'ok', ms: ms() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    const known = typeof code === 'string' && isErrorCode(code) ? code : 'internal';
    return { state: 'failing', ms: ms(), code: known };
  } finally {
    clearTimeout(timer);
  }
}
