import type { Socket } from 'node:net';

/** Unread bytes that all clients together may leave, in shares of one client's limit. */
const SHARES = 16;

/**
 * Bounds what waits in this process for clients that do not read. aedes delivers a message to all its readers in
 * step, so one that is waited for holds up the others: these clients are never waited for, but disconnected at
 * the limit. Readers that are exempt (the services, such as the bridge) are waited for, which is back-pressure.
 */
export class SlowReaders {
  readonly #limitBytes: number;
  readonly #onCut: (socket: Socket, unreadBytes: number) => void;
  readonly #behind = new Set<Socket>();
  readonly #exempt = new WeakSet<Socket>();

  constructor(limitBytes: number, onCut: (socket: Socket, unreadBytes: number) => void) {
    this.#limitBytes = limitBytes;
    this.#onCut = onCut;
  }

  exempt(socket: Socket): void {
    this.#exempt.add(socket);
  }

  watch(socket: Socket): void {
    const write = socket.write;
    socket.write = (...args: unknown[]): boolean => {
      const drained = Reflect.apply(write, socket, args) as boolean;
      if (this.#exempt.has(socket)) return drained;
      if (!drained) this.#judge(socket);
      return true;
    };
    socket.on('drain', () => this.#behind.delete(socket));
    socket.on('close', () => this.#behind.delete(socket));
  }

  #judge(socket: Socket): void {
    this.#behind.add(socket);
    let all = 0;
    for (const s of this.#behind) all += s.writableLength;
    if (socket.writableLength <= this.#limitBytes && all <= SHARES * this.#limitBytes) return;
    this.#behind.delete(socket);
    this.#onCut(socket, socket.writableLength);
    socket.destroy();
  }
}
