/** For tests: a real aedes on a free port, and a stand-in for the bridge that sends receipts over it. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeBatch } from '@loadcycle/codecs';
import { type Batch, parseTopic, type Receipt, receiptsTopic, toRanges } from '@loadcycle/contract';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'loadcycle-agent-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Waits for a condition; a test that waits in vain ends by its own time-out. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export interface TestBroker {
  readonly url: string;
  readonly port: number;
  readonly aedes: Aedes;
  /** Cuts every connection, or one client's, as a broken network does. */
  cut(clientId?: string): void;
  close(): Promise<void>;
}

export async function startAedes(port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const at = (server.address() as { port: number }).port;
  return {
    url: `mqtt://127.0.0.1:${at}`,
    port: at,
    aedes,
    cut(clientId) {
      const one = (aedes as unknown as { clients: Record<string, { conn: Socket }> }).clients[clientId ?? ''];
      if (clientId !== undefined) one?.conn.destroy();
      else for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => aedes.close(() => resolve(null)));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Heard {
  readonly signal: string;
  readonly text: string;
  readonly batch: Batch;
}

/** Listens as the bridge does, and sends receipts; what it heard is kept by name. */
export class FakeBridge {
  readonly heard = new Map<string, Heard>();
  readonly order: string[] = [];
  readonly changed: string[] = [];
  copies = 0;
  /** false: hears, and says nothing */
  answers = true;
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload) => this.#take(topic, payload));
  }

  static async connect(url: string): Promise<FakeBridge> {
    const client = await mqtt.connectAsync(url, { reconnectPeriod: 50, keepalive: 5 });
    const bridge = new FakeBridge(client);
    await client.subscribeAsync('loadcycle/v1/+/+/samples/#', { qos: 1 });
    return bridge;
  }

  /** All values of a signal in the order of session and sequence. */
  values(signal: string): number[] {
    return this.batches(signal).flatMap((b) => [...b.values]);
  }

  batches(signal: string): Batch[] {
    const of = [...this.heard.values()].filter((h) => h.signal === signal).map((h) => h.batch);
    return of.sort((a, b) => (a.session === b.session ? a.seq - b.seq : a.session < b.session ? -1 : 1));
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #take(topic: string, payload: Uint8Array): void {
    const parsed = parseTopic(topic);
    if (parsed?.kind !== 'samples') return;
    const batch = decodeBatch(payload);
    const name = [parsed.site, parsed.device, parsed.signal, batch.session, batch.seq].join('/');
    const text = Buffer.from(payload).toString();
    const before = this.heard.get(name);
    if (before === undefined) this.heard.set(name, { signal: parsed.signal, text, batch });
    else if (before.text !== text) this.changed.push(name);
    else this.copies++;
    this.order.push(name);
    if (this.answers) void this.#answer(name);
  }

  async #answer(name: string): Promise<void> {
    const [site = '', device = '', signal = '', session = '', seq] = name.split('/');
    const receipt: Receipt = { stage: 'logged', session, signal, seqs: toRanges([Number(seq)]) };
    await this.#client
      .publishAsync(receiptsTopic({ site, device }), JSON.stringify(receipt), { qos: 1 })
      .catch(() => {});
  }
}
