import type { AddressInfo } from 'node:net';
import type { Logger } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import type { EventLog } from '@loadcycle/event-log/port';
import { type Health, listen, MosquittoWatch, type Registry } from '@loadcycle/service';
import { DEFAULT_ISSUER, type IssuerSettings } from './auth/issuer.ts';
import { type SigningAlgorithm, SigningKeys } from './auth/keys.ts';
import type { Principal } from './auth/principal.ts';
import { Revocations } from './auth/revocations.ts';
import {
  type ExternalIssuer,
  externalVerifier,
  noToken,
  ownVerifier,
  unauthorized,
} from './auth/verifier.ts';
import { Commander, type MqttSettings } from './control/commander.ts';
import { Housekeeping } from './housekeeping.ts';
import { AccessLog } from './http/access-log.ts';
import { makeApp } from './http/app.ts';
import { BodyMemory } from './http/body-budget.ts';
import { addressOf, subscriberOf } from './http/connection.ts';
import { once } from './http/idempotency.ts';
import { measure } from './http/metrics.ts';
import { serverOf } from './http/outside.ts';
import { RateLimiter, type RateLimitSettings } from './http/rate-limit.ts';
import { type Guards, register } from './http/register.ts';
import { LiveHub, type LiveSettings } from './live/hub.ts';
import { redeemTicket } from './live/tickets.ts';
import { mountPages } from './pages.ts';
import { Readiness } from './readiness.ts';
import { hintFor } from './retrieval/near-names.ts';
import { PipelineMonitor } from './retrieval/pipeline.ts';
import type { DeviceCredentials } from './routes/credentials.ts';
import { type ApiServices, allEndpoints } from './routes/index.ts';
import { type ThreadSettings, Threads } from './threads/threads.ts';

export interface ApiOptions {
  /** the store as role reader: everything that is read */
  readonly reader: Database;
  /** the store as role control: the API's few writes */
  readonly control: Database;
  readonly eventLog: EventLog;
  /** null: no commands to devices */
  readonly mqtt: MqttSettings | null;
  readonly http: { readonly host: string; readonly port: number };
  readonly log: Logger;
  readonly health: Health;
  /** tell health, metrics and the pipeline what Mosquitto counts of itself; another broker tells nothing */
  readonly watchBroker?: boolean;
  readonly registry?: Registry;
  readonly issuer?: Partial<IssuerSettings>;
  readonly signingAlgorithm?: SigningAlgorithm;
  /** seals the signing keys in the store */
  readonly keySecret?: string | null;
  /** seals what targets of anomalies keep secret in the store; notify has the same */
  readonly notifyKeySecret?: string | null;
  /** tokens come from this OpenID Connect provider instead of the own issuer */
  readonly externalIssuer?: ExternalIssuer | null;
  readonly rateLimit?: RateLimitSettings;
  readonly tokenRateLimit?: RateLimitSettings;
  readonly corsOrigins?: readonly string[];
  readonly trustProxy?: boolean;
  readonly live?: Partial<LiveSettings>;
  /** samples a second that a device may be asked for where it does not say what it can do */
  readonly maxRateHz?: number;
  /** does landing register signals that it does not know? for what POST /v1/validate says */
  readonly autoRegister?: boolean;
  /** how long the access log is kept, days; 30 at least */
  readonly accessLogDays?: number;
  /** where devices' MQTT passwords are kept; null: devices are enrolled elsewhere */
  readonly deviceCredentials?: DeviceCredentials | null;
  readonly threads?: Partial<ThreadSettings>;
}

export interface Api {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const DEFAULT_RATE_LIMIT: RateLimitSettings = { quota: 1200, windowS: 60 };
/** for tokens, by address */
const DEFAULT_TOKEN_LIMIT: RateLimitSettings = { quota: 120, windowS: 60 };

/** Starts the API. What it was given (databases, log) stays the caller's to close. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { reader, control, eventLog, log, health } = options;
  const issuer = { ...DEFAULT_ISSUER, ...options.issuer };
  const keys = new SigningKeys(control, options.signingAlgorithm ?? 'EdDSA', options.keySecret ?? null);
  const external = options.externalIssuer ?? null;
  if (external === null) {
    await keys.ensure();
    // a wrong key secret shows now, not at the first token
    await keys.signing();
  }
  const revocations = new Revocations(control);
  const verifier = external === null ? ownVerifier(issuer, keys, revocations) : externalVerifier(external);
  const accessLog = new AccessLog(control, log);
  const limiter = new RateLimiter(options.rateLimit ?? DEFAULT_RATE_LIMIT);
  // checking a secret costs much on purpose
  const tokenLimiter = new RateLimiter(options.tokenRateLimit ?? DEFAULT_TOKEN_LIMIT, 'token');
  const watch = options.watchBroker === true ? new MosquittoWatch(options) : null;
  const commander = options.mqtt === null ? null : new Commander(control, options.mqtt, log, watch);
  const monitor = new PipelineMonitor(reader, eventLog, log);
  const hub = new LiveHub({ eventLog, reader }, log, options.live);
  const trustProxy = options.trustProxy ?? false;
  const threads = new Threads(options.threads);

  const app = makeApp({
    log,
    accessLog,
    trustProxy,
    corsOrigins: options.corsOrigins ?? [],
    ...(options.registry === undefined
      ? {}
      : { onAnswer: measure(options.registry, () => hub.stats().readers) }),
  });
  const stillGood = async (p: Principal): Promise<boolean> =>
    external !== null || !(await revocations.isRevoked(p.tokenId, p.clientId, p.issuedAt));
  const guards: Guards = {
    authenticate: async (c, ticketAllowed) => {
      const ticket = ticketAllowed ? c.req.query('ticket') : undefined;
      if (ticket !== undefined) {
        const holder = await redeemTicket(control, ticket);
        if (holder === null) throw unauthorized('the ticket is used, too old, or none');
        // the token that asked for it may have been taken back since
        const good = Date.now() / 1000 <= holder.expiresAt && (await stillGood(holder));
        if (!good) throw unauthorized("the ticket's token is no longer good");
        return holder;
      }
      const header = c.req.header('authorization') ?? '';
      const token = /^bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1];
      if (token === undefined) throw noToken();
      return verifier.verify(token);
    },
    limit: (c, client) => (c.req.path.startsWith('/oauth/') ? tokenLimiter : limiter).take(c, client),
    once: (c, principal, body, run) => once(control, c, principal, body, run),
    hintFor: (path, grants) => hintFor(reader, path, grants),
    subscriberOf: (c) => subscriberOf(addressOf(c, trustProxy)),
    bodies: new BodyMemory(),
  };
  const readiness = new Readiness({
    reader,
    control,
    eventLog,
    health,
    log,
    registry: options.registry,
    broker: () => commander?.connected ?? null,
    keys: verifier.ready ?? (() => keys.publicKeys()),
    external: external !== null,
  });
  const services: ApiServices = {
    reader,
    control,
    eventLog,
    log,
    health,
    monitor,
    watch,
    hub,
    commander,
    own: external === null ? { issuer, keys, revocations, verifier } : null,
    stillGood,
    readiness,
    autoRegister: options.autoRegister ?? true,
    deviceCredentials: options.deviceCredentials ?? null,
    threads,
    maxRateHz: options.maxRateHz ?? 10_000,
    notifyKeySecret: options.notifyKeySecret ?? null,
  };
  register(app, guards, allEndpoints(services));
  mountPages(app);

  const server = serverOf(app);
  try {
    await listen(server, options.http.host, options.http.port);
  } catch (error) {
    await commander?.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.http.host.includes(':') ? `[${options.http.host}]` : options.http.host}:${port}`;
  monitor.start();
  readiness.start();
  const housekeeping = new Housekeeping({
    control,
    keys,
    issuer,
    log,
    accessLogDays: options.accessLogDays ?? 400,
  });
  housekeeping.start();
  health.set('api', 'ok');
  log.info({ url }, 'API');
  return {
    url,
    port,
    close: async () => {
      monitor.stop();
      watch?.close();
      await readiness.stop();
      await housekeeping.stop();
      await hub.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), 3000);
      await closed;
      clearTimeout(patience);
      await threads.close();
      await commander?.close();
      await accessLog.close();
    },
  };
}
