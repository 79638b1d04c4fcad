import type { Socket } from 'node:net';
import { FIXED_LIMITS } from './limits.ts';

/** Control packet types (MQTT 3.1.1, section 2.2.1). */
const CONNECT = 1;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;

/**
 * Reads the fixed headers of a byte stream of MQTT packets (type and remaining length) and nothing else, so that
 * a packet is judged by what it announces, before any of it is kept.
 */
export class PacketGuard {
  readonly #maxPacket: number;
  #connected = false;
  /** bytes of the present packet that are still to come */
  #body = 0;
  #type = 0;
  /** bytes of the remaining length read so far; -1: the next byte begins a packet */
  #lengthBytes = -1;
  #length = 0;

  constructor(maxPacket: number) {
    this.#maxPacket = maxPacket;
  }

  /** The next bytes. Returns why the connection must end, or null. */
  take(chunk: Uint8Array): string | null {
    let i = 0;
    while (i < chunk.length) {
      if (this.#body > 0) {
        const n = Math.min(this.#body, chunk.length - i);
        this.#body -= n;
        i += n;
        continue;
      }
      const byte = chunk[i++]!;
      const why = this.#lengthBytes < 0 ? this.#begin(byte) : this.#readLength(byte);
      if (why !== null) return why;
    }
    return null;
  }

  #begin(byte: number): string | null {
    this.#type = byte >> 4;
    this.#lengthBytes = 0;
    this.#length = 0;
    if (this.#connected === (this.#type === CONNECT)) {
      return this.#connected ? 'a second CONNECT' : 'the first packet is not CONNECT';
    }
    this.#connected = true;
    return null;
  }

  /** Seven bits a byte, the lowest first, four bytes at most (section 2.2.3). */
  #readLength(byte: number): string | null {
    this.#length += (byte & 127) * 128 ** this.#lengthBytes++;
    if (byte > 127) return this.#lengthBytes === 4 ? 'malformed length of a packet' : null;
    const limit = this.#limit();
    if (this.#length > limit) return `packet of ${this.#length} bytes; the limit is ${limit}`;
    this.#body = this.#length;
    this.#lengthBytes = -1;
    return null;
  }

  #limit(): number {
    if (this.#type === PUBLISH) return this.#maxPacket;
    if (this.#type === CONNECT) return FIXED_LIMITS.connectBytes;
    if (this.#type === SUBSCRIBE || this.#type === UNSUBSCRIBE) return FIXED_LIMITS.subscribeBytes;
    return FIXED_LIMITS.otherBytes;
  }
}

/**
 * Lets `guard` see what is read from a socket before its reader does. A refusal ends the connection; `onRefusal`
 * hears why. aedes pulls by `read()`, so what was announced and refused is never buffered beyond the socket's own mark.
 */
export function guardReads(socket: Socket, guard: PacketGuard, onRefusal: (why: string) => void): void {
  const read = socket.read;
  socket.read = (size?: number) => {
    const chunk = read.call(socket, size) as Buffer | null;
    if (chunk === null) return null;
    const why = guard.take(chunk);
    if (why === null) return chunk;
    onRefusal(why);
    socket.destroy();
    return null;
  };
}
