import type { IPublishPacket, MqttClient } from 'mqtt';

/**
 * The one place that reaches into mqtt.js (5.16.0, pinned exactly; `hold-puback.test.ts` fails when it changes).
 *
 * mqtt.js handles incoming QoS 1 messages one at a time and sends each PUBACK when `handleMessage` calls back.
 * Holding that callback until the log has answered would pass one message per round trip, so the callback is
 * called at once and the PUBACK *packet* is held: every PUBACK passes `_sendPacket`. They leave in the order in
 * which their messages came (MQTT-4.6.0-2), each once the log has its message.
 */
export interface Arrived {
  readonly packet: IPublishPacket;
  /** the connection that it came by is gone: the broker will send it again (QoS 1), or nobody will (QoS 0) */
  readonly orphaned: boolean;
  /** Says that the log has it: the PUBACK may go. */
  settle(): void;
}

interface Puback {
  cmd: 'puback';
  messageId: number;
  reasonCode?: number;
}

/** What of mqtt.js is touched. */
interface Hooked {
  _sendPacket: (packet: { cmd: string }, done?: () => void, ...rest: unknown[]) => void;
  stream: { cork(): void; uncork(): void };
}

class Message implements Arrived {
  readonly packet: IPublishPacket;
  readonly #hold: PubackHold;
  readonly generation: number;
  logged = false;
  puback: Puback | null = null;

  constructor(packet: IPublishPacket, hold: PubackHold) {
    this.packet = packet;
    this.#hold = hold;
    this.generation = hold.generation;
  }

  get orphaned(): boolean {
    return this.generation !== this.#hold.generation;
  }

  settle(): void {
    if (this.logged) return;
    this.logged = true;
    this.#hold.settled(this);
  }
}

export class PubackHold {
  /** goes up with every lost connection */
  generation = 0;
  readonly #client: MqttClient;
  readonly #send: Hooked['_sendPacket'];
  readonly #limit: number;
  /** QoS 1 messages of this connection whose PUBACK has not gone, oldest first from `#head` */
  #window: Message[] = [];
  #head = 0;
  /** messages handed over and not settled, QoS 0 too */
  #unsettled = 0;
  #paused = false;
  #resume: (() => void) | null = null;
  #sending = false;
  #corked = false;

  /**
   * @param limit messages that may be unsettled on this connection; past it nothing more is read from it
   * @param onBroken called when a PUBACK has left on its own: mqtt.js is not the one that this was written for
   */
  constructor(
    client: MqttClient,
    limit: number,
    onMessage: (message: Arrived) => void,
    onBroken: (why: string) => void,
  ) {
    this.#client = client;
    this.#limit = limit;
    const hooked = client as unknown as Hooked;
    if (typeof hooked._sendPacket !== 'function')
      throw new Error('this mqtt.js has no _sendPacket to hold by');
    this.#send = hooked._sendPacket.bind(client);
    hooked._sendPacket = (packet, done, ...rest) => {
      if (packet.cmd !== 'puback') this.#send(packet, done, ...rest);
      else this.#take(packet as Puback, done);
    };
    client.handleMessage = (packet, done) => {
      // not taken, so never acknowledged: it comes again
      if (this.#paused) return;
      const message = new Message(packet, this);
      this.#unsettled++;
      if (packet.qos > 0) this.#window.push(message);
      onMessage(message);
      if (this.#unsettled >= this.#limit) this.#resume = () => done();
      else done();
    };
    client.on('packetsend', (packet) => {
      if (packet.cmd === 'puback' && !this.#sending) onBroken('a PUBACK left before the log had its message');
    });
    client.on('close', () => {
      this.generation++;
      this.#window = [];
      this.#head = 0;
      this.#unsettled = 0;
      // the old connection's reader goes with it
      this.#resume = null;
    });
  }

  /** messages not settled on this connection */
  get held(): number {
    return this.#unsettled;
  }

  /** Takes nothing more from this connection. */
  pause(): void {
    this.#paused = true;
  }

  settled(message: Message): void {
    if (message.generation !== this.generation) return;
    this.#unsettled--;
    this.#release();
    if (this.#resume !== null && !this.#paused && this.#unsettled < this.#limit) {
      const resume = this.#resume;
      this.#resume = null;
      resume();
    }
  }

  /** mqtt.js wants to acknowledge the newest message: it is kept, and mqtt.js goes on. */
  #take(puback: Puback, done?: () => void): void {
    for (let i = this.#window.length - 1; i >= this.#head; i--) {
      const message = this.#window[i]!;
      if (message.packet.messageId !== puback.messageId) continue;
      message.puback = puback;
      break;
    }
    this.#release();
    done?.();
  }

  #release(): void {
    while (this.#head < this.#window.length) {
      const first = this.#window[this.#head]!;
      if (!first.logged || first.puback === null || !this.#client.connected) break;
      this.#head++;
      this.#write(first.puback);
    }
    if (this.#head > 1024 && this.#head * 2 > this.#window.length) {
      this.#window.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Many small packets leave in one write. */
  #write(puback: Puback): void {
    if (!this.#corked) {
      this.#corked = true;
      const { stream } = this.#client as unknown as Hooked;
      stream.cork();
      process.nextTick(() => {
        this.#corked = false;
        stream.uncork();
      });
    }
    this.#sending = true;
    this.#send(puback);
    this.#sending = false;
  }
}
