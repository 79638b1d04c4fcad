import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import sparkplug from 'sparkplug-payload';

// an encoder that is not ours: Eclipse Tahu's
const { encodePayload, decodePayload } = sparkplug.get('spBv1.0')!;
type Payload = Parameters<typeof encodePayload>[0];
export type Metric = NonNullable<Payload['metrics']>[number];

/**
 * A Sparkplug B edge node as a maker would write it, knowing nothing of Loadcycle: births with aliases, data by alias,
 * a will with its bdSeq, seq from 0 to 255, and its births again when it is asked.
 */
export class EdgeNode {
  readonly #group: string;
  readonly #node: string;
  readonly #device = 'press';
  #client: MqttClient | null = null;
  #seq = 0;
  readonly #bdSeq: number;
  /** how often it was asked for its births */
  asked = 0;

  constructor(bdSeq: number, group = 'hall-2', node = 'gateway') {
    this.#bdSeq = bdSeq;
    this.#group = group;
    this.#node = node;
  }

  topic(type: string): string {
    const device = type.startsWith('D') ? `/${this.#device}` : '';
    return `spBv1.0/${this.#group}/${type}/${this.#node}${device}`;
  }

  async connect(url: string, login: IClientOptions = {}): Promise<void> {
    const will = { metrics: [{ name: 'bdSeq', type: 'Int64' as const, value: this.#bdSeq }] };
    this.#client = await mqtt.connectAsync(url, {
      ...login,
      clientId: 'a-node',
      will: { topic: this.topic('NDEATH'), payload: Buffer.from(encodePayload(will as Payload)), qos: 1 },
    });
    this.#client.on('message', (_topic, payload) => {
      const asks = decodePayload(payload).metrics?.some((m) => m.name === 'Node Control/Rebirth' && m.value);
      if (!asks) return;
      this.asked++;
      void this.born();
    });
    await this.#client.subscribeAsync(this.topic('NCMD'), { qos: 0 });
  }

  async born(): Promise<void> {
    this.#seq = 0;
    const engUnit = (value: string) => ({ engUnit: { type: 'String' as const, value } });
    await this.send('NBIRTH', [
      { name: 'bdSeq', type: 'Int64', value: this.#bdSeq },
      { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
      { name: 'supply', alias: 1, type: 'Double', value: 24, properties: engUnit('V') },
    ]);
    await this.send('DBIRTH', [
      { name: 'pressure', alias: 2, type: 'Float', value: 5, properties: engUnit('bar') },
      { name: 'state', alias: 3, type: 'String', value: 'idle' },
    ]);
  }

  /** Values by alias, as nodes save bytes. `lost`: it counts, and does not arrive. */
  async data(type: 'NDATA' | 'DDATA', alias: number, value: number, lost = false): Promise<void> {
    const of = alias === 1 ? ('Double' as const) : ('Float' as const);
    await this.send(type, [{ alias, type: of, value } as Metric], lost);
  }

  async send(type: string, metrics: Metric[], lost = false): Promise<void> {
    const timestamp = Date.now();
    const seq = this.#seq;
    this.#seq = (seq + 1) % 256;
    if (lost) return;
    const payload = encodePayload({
      timestamp,
      seq,
      metrics: metrics.map((m) => ({ ...m, timestamp })),
    });
    await this.#client!.publishAsync(this.topic(type), Buffer.from(payload), { qos: 0 });
  }

  async end(): Promise<void> {
    await this.#client?.endAsync(true);
  }

  /** The line is cut: the broker tells its will. */
  cut(): void {
    this.#client!.stream.destroy();
    void this.#client!.endAsync(true);
  }
}
