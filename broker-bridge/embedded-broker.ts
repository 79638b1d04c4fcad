import type { AddressInfo, Socket } from 'node:net';
import type { ErrorCode, Logger } from '@loadcycle/contract';
import { identityOf, mayPublish, maySubscribe } from '@loadcycle/contract/acl';
import { listen, type Registry } from '@loadcycle/service';
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from 'aedes';
import type { Credentials } from './credentials.ts';
import { Connections } from './embedded/connections.ts';
import { BROKER_LIMIT_DEFAULTS, type BrokerLimitSettings, FIXED_LIMITS } from './embedded/limits.ts';
import { type Anonymous, CONNACK, isService, login, ownerName, refusal, type Who } from './embedded/login.ts';
import { type BrokerState, exposeBroker } from './embedded/metrics.ts';
import { guardReads, PacketGuard } from './embedded/packet-guard.ts';
import { PasswordChecks } from './embedded/password-checks.ts';
import { Sessions } from './embedded/sessions.ts';
import { SlowReaders } from './embedded/slow-readers.ts';

export type { Anonymous } from './embedded/login.ts';

export interface EmbeddedBrokerOptions {
  readonly host: string;
  /** 0 takes a free one */
  readonly port: number;
  readonly credentials: Credentials;
  readonly anonymous: Anonymous;
  /** users of this process, known only as long as it runs: user name → password */
  readonly users?: ReadonlyMap<string, string>;
  /** PEM; a client certificate signed by `ca` takes the place of a password: its common name is the user name */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly limits?: Partial<BrokerLimitSettings>;
  readonly log: Logger;
  readonly registry?: Registry;
}

export interface EmbeddedBroker {
  readonly url: string;
  readonly port: number;
  state(): BrokerState;
  close(): Promise<void>;
}

/** A service that takes nothing for so long is cut off: everybody waits for it. */
const DRAIN_TIMEOUT_MS = 10_000;
const EXPIRE_EVERY_MS = 60_000;
const SHOWN = 128;

/**
 * aedes on a real TCP port, with the same users, rights and certificates as Mosquitto in the cloud. Its queues
 * are in memory: what it forgets when it ends, the devices' outboxes send again.
 *
 * - A client id belongs to its user: within the broker it carries the user's name, so that nobody can hold, take over
 *   or read the session of another one, whichever client id it says (docs/decisions/0130).
 * - A client without a user name has no session that outlives its connection.
 * - What a client may send, keep here, leave unread and open is bounded (`embedded/limits.ts`).
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { credentials, anonymous, users = new Map<string, string>(), log } = options;
  const checks = new PasswordChecks(FIXED_LIMITS.passwordChecks, FIXED_LIMITS.passwordChecksWaiting);
  const limits = { ...BROKER_LIMIT_DEFAULTS, ...options.limits };
  const who = new WeakMap<Client, Who>();
  const said = new WeakMap<Client, ConnectPacket>();
  const subscribed = new WeakMap<Client, Set<string>>();
  let refusals = 0;
  const refuse = (code: ErrorCode, client: Client | null, what: object, why: string): void => {
    refusals++;
    log.warn(
      { code, client: client === null ? undefined : short(client.id ?? ''), ...what },
      `refused: ${why}`,
    );
  };

  const sessions = new Sessions(
    limits,
    (what, of) => log.warn({ code: 'broker.full', of: short(of) }, `no room for a ${what}: dropped`),
    (client, filter) => subscribed.get(client)?.has(filter) === true,
  );
  const broker = await Aedes.createBroker({
    drainTimeout: DRAIN_TIMEOUT_MS,
    connectTimeout: limits.mqttConnectTimeout / 1000,
    maxInflightInbound: FIXED_LIMITS.inflightInbound,
    persistence: sessions,
  });

  broker.preConnect = (client, packet, done) => {
    said.set(client, packet);
    done(null, true);
  };
  broker.authenticate = (client, username, password, done) => {
    admit(client, username, password)
      .then(() => done(null, true))
      .catch((error: AuthenticateError) => {
        refuse('broker.forbidden', client, { user: short(username ?? '') }, error.message);
        done(error, false);
      });
  };

  async function admit(client: Client, username?: string, password?: Buffer): Promise<void> {
    const packet = said.get(client)!;
    const identity = await login(client, { credentials, anonymous, users, checks }, username, password);
    const socket = client.conn as Socket;
    const service = isService(identity);
    if (!connections.admit(socket, !service)) {
      throw refusal(CONNACK.unavailable, 'too many connections');
    }
    if (service) readers.exempt(socket);
    who.set(client, identity);
    const owner = ownerName(identity);
    const own = client as { id: string; clean: boolean };
    own.id = `${owner} ${client.id}`;
    if (identity.anonymous) own.clean = packet.clean = true;
    if (!client.clean) await sessions.open(client.id, { user: owner, service });
  }

  broker.authorizePublish = (client, packet, done) => {
    const identity = client === null ? undefined : who.get(client);
    if (identity === undefined || !publishAllowed(identity, packet.topic)) {
      refuse('broker.forbidden', client, { topic: short(packet.topic) }, 'not a topic of this client');
      return done(refusal(CONNACK.notAuthorized, `not allowed to publish on ${short(packet.topic)}`));
    }
    // without PUBACK, and reading nothing more of this client, until the bridge has caught up
    if (packet.qos > 0 && sessions.full && !isService(identity)) {
      void sessions.whenRoom().then(() => done(null));
      return;
    }
    done(null);
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const filters = subscribed.get(client) ?? new Set<string>();
    subscribed.set(client, filters);
    const identity = who.get(client);
    const { topic } = subscription;
    const allowed =
      identity !== undefined && topic.length <= FIXED_LIMITS.topicLength && readAllowed(identity, topic);
    const room = filters.has(topic) || filters.size < limits.mqttSubscriptions;
    if (allowed && room) {
      filters.add(topic);
      return done(null, subscription);
    }
    refuse(
      'broker.forbidden',
      client,
      { filter: short(topic) },
      allowed ? 'too many subscriptions' : 'subscription',
    );
    done(null, null);
  };
  broker.on('unsubscribe', (filters, client) => {
    for (const filter of filters) subscribed.get(client)?.delete(filter);
  });
  // whatever way a subscription came to be (a session kept for another user), the message is looked at too
  broker.authorizeForward = (client, packet) => {
    const identity = who.get(client);
    return identity !== undefined && readAllowed(identity, packet.topic) ? packet : null;
  };
  broker.on('client', (client) => sessions.came(client.id));
  broker.on('clientDisconnect', (client) => sessions.left(client.id));
  const everyMs = Math.min(EXPIRE_EVERY_MS, limits.mqttSessionAge / 1000);
  const expiry = setInterval(() => void sessions.expire(), everyMs);
  expiry.unref();

  const readers = new SlowReaders(limits.mqttSlowReaderBytes, (socket, unreadBytes) =>
    refuse('broker.too-slow', clientOf(socket), { unreadBytes }, 'it does not read what it asked for'),
  );
  const connections: Connections = new Connections(
    {
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      maxConnections: limits.mqttConnections,
      maxPerAddress: limits.mqttConnectionsPerAddress,
      log,
    },
    (socket) => {
      guardReads(socket, new PacketGuard(limits.mqttMaxPacket), (why) =>
        refuse('broker.too-large', clientOf(socket), { address: socket.remoteAddress }, why),
      );
      readers.watch(socket);
      broker.handle(socket);
    },
  );
  const state = (): BrokerState => ({ connections: connections.count, refusals, ...sessions.stats });
  if (options.registry !== undefined) exposeBroker(options.registry, state);
  try {
    await listen(connections.server as unknown as Parameters<typeof listen>[0], options.host, options.port);
  } catch (error) {
    clearInterval(expiry);
    broker.close();
    throw error;
  }
  const { port } = connections.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'mqtt' : 'mqtts'}://${host}:${port}`,
    port,
    state,
    async close() {
      clearInterval(expiry);
      const closed = connections.close();
      await new Promise<void>((resolve) => broker.close(resolve));
      await closed;
    },
  };
}

const short = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

/** aedes leaves its client at the socket. */
const clientOf = (socket: Socket): Client | null => (socket as { client?: Client }).client ?? null;

function publishAllowed(who: Who, topic: string): boolean {
  if (topic.length > FIXED_LIMITS.topicLength) return false;
  if (who.role !== 'local') return mayPublish(who, topic);
  const [, , site = '', device = ''] = topic.split('/');
  const as = identityOf(`${site}/${device}`);
  return (as !== null && mayPublish(as, topic)) || topic.startsWith('spBv1.0/');
}

const readAllowed = (who: Who, filter: string): boolean =>
  maySubscribe(who.role === 'local' ? { role: 'observer' } : who, filter);
