import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Logger } from '@loadcycle/contract';
import { FIXED_LIMITS } from './limits.ts';

export interface ServerOptions {
  /** PEM; a client certificate that `ca` signed is looked at, and none is needed */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly log: Logger;
}

const TLS_CLIENTS = { requestCert: true, rejectUnauthorized: false, handshakeTimeout: 10_000 };

/**
 * The sockets of a server: those that have signed in, bounded in all and by address, and those that have not, of
 * which the oldest goes when there are too many. So nobody who only opens connections keeps others out.
 */
export class Connections {
  readonly server: Server;
  readonly #o: ServerOptions;
  readonly #all = new Set<Socket>();
  /** not signed in, in the order of their coming */
  readonly #pending = new Set<Socket>();
  readonly #counted = new Map<Socket, string>();
  readonly #perAddress = new Map<string, number>();

  constructor(options: ServerOptions, onSocket: (socket: Socket) => void) {
    this.#o = options;
    const { tls, log } = options;
    const take = (socket: Socket): void => {
      this.#take(socket);
      if (!socket.destroyed) onSocket(socket);
    };
    this.server =
      tls === undefined
        ? createTcpServer(take)
        : createTlsServer({ ...tls, ...TLS_CLIENTS }, (socket: TLSSocket) => {
            // a certificate is not needed where there is a password, but a bad one is never let through
            if (Object.keys(socket.getPeerCertificate()).length > 0 && !socket.authorized) {
              log.warn({ code: 'broker.forbidden' }, `refused: certificate: ${socket.authorizationError}`);
              socket.destroy();
            } else take(socket);
          });
    this.server.on('tlsClientError', (error: Error) => log.debug({ err: error }, 'no TLS'));
    // behind TLS a socket shows here only after its handshake: this bounds those before it as well
    this.server.maxConnections = options.maxConnections + 2 * FIXED_LIMITS.pending;
  }

  get count(): number {
    return this.#all.size;
  }

  /** A connection has signed in. `counts`: it takes one of the places. Returns false where there is none left. */
  admit(socket: Socket, counts: boolean): boolean {
    this.#pending.delete(socket);
    if (!counts) return true;
    const address = socket.remoteAddress ?? '';
    const here = this.#perAddress.get(address) ?? 0;
    if (this.#counted.size >= this.#o.maxConnections || here >= this.#o.maxPerAddress) return false;
    this.#counted.set(socket, address);
    this.#perAddress.set(address, here + 1);
    return true;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    setImmediate(() => {
      for (const socket of this.#all) socket.destroy();
    });
    await closed;
  }

  #take(socket: Socket): void {
    this.#all.add(socket);
    this.#pending.add(socket);
    socket.setNoDelay(true);
    // a peer that vanished without a word, and asked for no MQTT keep-alive either
    socket.setKeepAlive(true, 60_000);
    socket.once('close', () => this.#forget(socket));
    const { pending, pendingPerAddress } = FIXED_LIMITS;
    const same = [...this.#pending].filter((s) => s.remoteAddress === socket.remoteAddress);
    const oldest = same.length > pendingPerAddress ? same[0] : [...this.#pending][0];
    if (same.length <= pendingPerAddress && this.#pending.size <= pending) return;
    this.#o.log.warn(
      { code: 'broker.too-many', address: oldest?.remoteAddress },
      'too many connections that have not signed in: the oldest is closed',
    );
    oldest?.destroy();
  }

  #forget(socket: Socket): void {
    this.#all.delete(socket);
    this.#pending.delete(socket);
    const address = this.#counted.get(socket);
    if (address === undefined) return;
    this.#counted.delete(socket);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}
