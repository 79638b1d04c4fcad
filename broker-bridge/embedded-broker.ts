import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Logger } from '@loadcycle/contract';
import { identityOf, type MqttIdentity, mayPublish, maySubscribe } from '@loadcycle/contract/acl';
import { listen } from '@loadcycle/service';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Credentials } from './credentials.ts';

/**
 * What clients without a user name may do, and only from this machine:
 * `refuse` nothing, `observe` read everything and publish nothing, `publish` also whatever a device may
 * (for trying things out: any local program can then say that it is any device).
 */
export type Anonymous = 'refuse' | 'observe' | 'publish';

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
  readonly log: Logger;
}

export interface EmbeddedBroker {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** BAD_USERNAME_OR_PASSWORD, NOT_AUTHORIZED of MQTT 3.1.1 */
const BAD_LOGIN = 4;
const NOT_AUTHORIZED = 5;
/** A reader that takes nothing for so long is cut off: aedes delivers to all in step, and it would stop the others. */
const DRAIN_TIMEOUT_MS = 10_000;

type Who = MqttIdentity | { readonly role: 'local' };

/**
 * aedes on a real TCP port, with the same users, rights and certificates as Mosquitto in the cloud. Its queues
 * are in memory: what it forgets when it ends, the devices' outboxes send again.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { credentials, anonymous, users, log } = options;
  const who = new WeakMap<Client, Who>();
  /** a client id belongs to the user who first came with it: nobody takes over another one's session */
  const owners = new Map<string, string>();
  const broker = await Aedes.createBroker({ drainTimeout: DRAIN_TIMEOUT_MS, connectTimeout: 10_000 });

  broker.authenticate = (client, username, password, done) => {
    authenticate(client, username, password)
      .then((identity) => {
        const owner = ownerName(identity);
        if ((owners.get(client.id) ?? owner) !== owner)
          throw refusal(NOT_AUTHORIZED, 'client id of another user');
        owners.set(client.id, owner);
        who.set(client, identity);
        done(null, true);
      })
      .catch((error: AuthenticateError) => {
        log.warn(
          { client: client.id, user: username, code: 'broker.forbidden' },
          `refused: ${error.message}`,
        );
        done(error, false);
      });
  };

  async function authenticate(client: Client, username?: string, password?: Buffer): Promise<Who> {
    const certified = certificateName(client.conn as Socket);
    if (certified !== null) {
      const identity = known(certified);
      // a device that was taken out still has its certificate
      if (identity.role === 'device' && !credentials.has(certified))
        throw refusal(NOT_AUTHORIZED, 'taken out');
      return identity;
    }
    if (username !== undefined && username !== '') {
      const given = password?.toString('utf8') ?? '';
      const here = users?.get(username);
      const right = here === undefined ? await credentials.verify(username, given) : here === given;
      if (!right) throw refusal(BAD_LOGIN, 'bad user name or password');
      return known(username);
    }
    if (anonymous === 'refuse' || !isLoopback(client.conn as Socket)) {
      throw refusal(NOT_AUTHORIZED, 'no user name and password');
    }
    return anonymous === 'publish' ? { role: 'local' } : { role: 'observer' };
  }

  broker.authorizePublish = (client, packet, done) => {
    const identity = client === null ? undefined : who.get(client);
    if (identity !== undefined && publishAllowed(identity, packet.topic)) return done(null);
    log.warn(
      { client: client?.id, topic: packet.topic, code: 'broker.forbidden' },
      'refused: not a topic of this client',
    );
    done(refusal(NOT_AUTHORIZED, `not allowed to publish on ${packet.topic}`));
  };
  broker.authorizeSubscribe = (client, subscription, done) => {
    const identity = who.get(client);
    if (identity !== undefined && readAllowed(identity, subscription.topic)) return done(null, subscription);
    log.warn(
      { client: client.id, filter: subscription.topic, code: 'broker.forbidden' },
      'refused: subscription',
    );
    done(null, null);
  };
  // whatever way a subscription came to be (a session kept for another user), the message is looked at too
  broker.authorizeForward = (client, packet) => {
    const identity = who.get(client);
    return identity !== undefined && readAllowed(identity, packet.topic) ? packet : null;
  };

  broker.on('clientDisconnect', (client) => {
    if (client.clean) owners.delete(client.id);
  });

  const { server, stop } = makeServer(options, (socket) => broker.handle(socket));
  try {
    await listen(server as unknown as Parameters<typeof listen>[0], options.host, options.port);
  } catch (error) {
    broker.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'mqtt' : 'mqtts'}://${host}:${port}`,
    port,
    async close() {
      const closed = stop();
      await new Promise<void>((resolve) => broker.close(resolve));
      await closed;
    },
  };
}

function makeServer(
  options: EmbeddedBrokerOptions,
  onSocket: (socket: Socket) => void,
): { server: Server; stop: () => Promise<void> } {
  const sockets = new Set<Socket>();
  const handle = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  };
  const { tls, log } = options;
  const server =
    tls === undefined
      ? createTcpServer(handle)
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (socket: TLSSocket) => {
          // a certificate is not needed where there is a password, but a bad one is never let through
          if (Object.keys(socket.getPeerCertificate()).length > 0 && !socket.authorized) {
            log.warn({ code: 'broker.forbidden' }, `refused: certificate: ${socket.authorizationError}`);
            socket.destroy();
          } else handle(socket);
        });
  server.on('tlsClientError', (error: Error) => log.debug({ err: error }, 'no TLS'));
  return {
    server,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      setImmediate(() => {
        for (const socket of sockets) socket.destroy();
      });
      await closed;
    },
  };
}

function known(username: string): MqttIdentity {
  const identity = identityOf(username);
  if (identity === null) throw refusal(NOT_AUTHORIZED, 'neither a device nor a service');
  return identity;
}

function publishAllowed(who: Who, topic: string): boolean {
  if (who.role !== 'local') return mayPublish(who, topic);
  const [, , site = '', device = ''] = topic.split('/');
  const as = identityOf(`${site}/${device}`);
  return (as !== null && mayPublish(as, topic)) || topic.startsWith('spBv1.0/');
}

const readAllowed = (who: Who, filter: string): boolean =>
  maySubscribe(who.role === 'local' ? { role: 'observer' } : who, filter);

const ownerName = (who: Who): string => (who.role === 'device' ? `${who.site}/${who.device}` : who.role);

function refusal(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

function certificateName(socket: Socket): string | null {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  if (authorized !== true || getPeerCertificate === undefined) return null;
  const name = (socket as TLSSocket).getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : null;
}

function isLoopback(socket: Socket): boolean {
  const address = socket.remoteAddress ?? '';
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
