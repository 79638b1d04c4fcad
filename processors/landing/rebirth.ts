import type { SparkplugEffect } from '@loadcycle/codecs/sparkplug/index';
import type { Logger } from '@loadcycle/contract';
import type { MqttLogin } from '@loadcycle/service';
import { connect, type MqttClient } from 'mqtt';

export type RebirthEffect = Extract<SparkplugEffect, { kind: 'rebirth' }>;

/** Older than this, the message that asked for it came from a backlog: the node has said more since. */
const MAX_AGE_US = 60_000_000;

export interface RebirthOptions extends MqttLogin {
  readonly url: string;
  readonly log: Logger;
}

/**
 * Asks Sparkplug edge nodes for their births, over MQTT at QoS 0, as Sparkplug wants it. A request that is lost is made
 * again with the node's next message. Never fails: what it says of the broker goes to the log.
 */
export class Rebirths {
  readonly #log: Logger;
  readonly #client: MqttClient;

  constructor({ url, log, ...login }: RebirthOptions) {
    this.#log = log;
    this.#client = connect(url, {
      ...login,
      clientId: `loadcycle-landing-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
      reconnectPeriod: 2_000,
      // a broker that does not know us yet may do so soon
      reconnectOnConnackError: true,
      queueQoSZero: false,
    });
    let said = '';
    this.#client.on('connect', () => {
      said = '';
      log.info({ url }, 'Sparkplug nodes are asked for births that are missing');
    });
    this.#client.on('error', (err) => {
      // the same again every two seconds tells nothing
      if (said === err.message) return;
      said = err.message;
      log.warn({ code: 'broker.unavailable', err }, 'no connection to ask Sparkplug nodes for their births');
    });
  }

  ask({ topic, payload, atUs }: RebirthEffect): void {
    if (Date.now() * 1000 - atUs > MAX_AGE_US) return;
    this.#client.publish(topic, Buffer.from(payload), { qos: 0 }, (err) => {
      if (err) this.#log.warn({ err, topic }, 'could not ask a Sparkplug node for its births');
    });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
