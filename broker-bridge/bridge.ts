import {
  BATCH_LIMITS,
  BRIDGE_FILTERS,
  type ErrorCode,
  HEADERS,
  LOG_TOPICS,
  LoadcycleError,
  type Logger,
} from '@loadcycle/contract';
import type { EventLog, NewRecord } from '@loadcycle/event-log/port';
import { type Health, MosquittoWatch, type Registry } from '@loadcycle/service';
import { AppendQueue } from './append-queue.ts';
import { type BatchHead, batchHead } from './batch-head.ts';
import { Connection, type MqttSettings } from './connection.ts';
import type { Arrived } from './hold-puback.ts';
import { Identities } from './identities.ts';
import { BridgeMetrics } from './metrics.ts';
import { Receipts } from './receipts.ts';
import { deadLetter, toRecord } from './record.ts';
import { type Route, routeTopic, SPARKPLUG_FILTER, withContentType } from './route.ts';

export interface BridgeOptions {
  readonly mqtt: MqttSettings;
  readonly eventLog: EventLog;
  /** MQTT connections, all in the shared subscription; 1 where the broker has none */
  readonly connections: number;
  /** name of the shared subscription (`$share/{name}/…`); null subscribes plainly (aedes) */
  readonly shareName?: string | null;
  /**
   * Becomes a part of that name. Mosquitto's ACL file holds back messages, not subscriptions: whoever knows the name can
   * join the subscription, and is sent its share of the messages, which then reach nobody (docs/decisions/0181).
   */
  readonly shareSecret?: string | null;
  readonly protocolVersion: 4 | 5;
  /** receipts of a device are gathered for so long */
  readonly receiptGatherMs: number;
  /** messages without PUBACK on one connection, at most */
  readonly maxInFlight: number;
  /** names this bridge's sessions at the broker; the same after a restart, another one for each instance */
  readonly instance?: string;
  /** also take Sparkplug B (`spBv1.0/#`); one instance only, for its messages must stay in order */
  readonly sparkplug?: boolean;
  readonly maxPayloadBytes?: number;
  readonly maxAppendBytes?: number;
  readonly keepaliveS?: number;
  /** how long close() waits for the log */
  readonly drainMs?: number;
  /** at close, give the shared subscription back and take what is left of the session: for scaling down */
  readonly leaveAtClose?: boolean;
  /** tell health and metrics what Mosquitto counts of itself; another broker tells nothing */
  readonly watchBroker?: boolean;
  readonly health: Health;
  readonly log: Logger;
  readonly registry?: Registry;
}

export interface BridgeStats {
  /** connections that are up and subscribed */
  readonly connected: number;
  readonly received: number;
  readonly appended: number;
  readonly deadLetters: number;
  readonly receipts: number;
  /** taken from the broker and not yet acknowledged to it */
  readonly held: number;
}

export interface Bridge {
  close(): Promise<void>;
  stats(): BridgeStats;
}

const ROUTES_KEPT = 50_000;
const ROUTE_KEPT_LENGTH = 512;
/** Starts at once, whether broker and log are up or not; health says what it waits for. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const {
    eventLog,
    log,
    health,
    shareName = null,
    shareSecret = null,
    instance = 'bridge',
    connections: count,
  } = options;
  const maxPayloadBytes = options.maxPayloadBytes ?? BATCH_LIMITS.bytes;
  const counts = { received: 0, appended: 0, deadLetters: 0, receipts: 0 };
  const metrics = new BridgeMetrics(options.registry);
  const queue = new AppendQueue({
    eventLog,
    log,
    health,
    maxBytes: options.maxAppendBytes ?? 4_194_304,
    maxRecords: 20_000,
    onAppend: (_records, seconds) => metrics.append(seconds),
  });
  const watch = options.watchBroker === true ? new MosquittoWatch(options) : null;
  const connections: Connection[] = [];
  const receipts = new Receipts(options.receiptGatherMs, (topic, payload) => {
    const by = connections.find((c) => c.usable);
    if (by === undefined) return;
    counts.receipts++;
    metrics.receipt();
    by.client.publish(topic, payload, { qos: 0 });
  });
  const identities = new Identities(log, (topic, payload) => {
    connections.find((c) => c.usable)?.client.publish(topic, payload, { qos: 0 });
  });
  metrics.watch(() => queue.depth);

  const routes = new Map<string, Route>();
  const routeOf = (topic: string): Route => {
    let route = routes.get(topic);
    if (route === undefined) {
      if (routes.size >= ROUTES_KEPT) routes.clear();
      route = routeTopic(topic);
      // a topic of ours is shorter; others must not fill the memory
      if (topic.length <= ROUTE_KEPT_LENGTH) routes.set(topic, route);
    }
    return route;
  };

  /** QoS 0 of a lost connection is kept while there is room: nobody will send it again */
  const room = 2 * count * options.maxInFlight;
  const onMessage = (message: Arrived): void => {
    const { packet } = message;
    const payload = packet.payload as Buffer;
    if (watch?.take(packet.topic, payload)) {
      message.settle();
      return;
    }
    counts.received++;
    const route = withContentType(routeOf(packet.topic), packet.properties?.contentType);
    metrics.message(route.to, payload.byteLength);
    if (route.to === 'status') identities.heard(route.key, payload);
    const record = toRecord(route, packet.topic, payload, maxPayloadBytes);
    if (record === null) {
      message.settle();
      return;
    }
    if (record.topic === LOG_TOPICS.deadLetters) noteDeadLetter(record);
    // parsed here, while the payload is in the cache, and only of what the log will get
    let head: BatchHead | null = null;
    const receipt = route.to === 'samples' && record.topic === LOG_TOPICS.samples ? route.receipt : null;
    if (receipt !== null) head = batchHead(payload);
    queue.push({
      record,
      get stale() {
        return message.orphaned && (packet.qos > 0 || queue.depth > room);
      },
      done: () => {
        counts.appended++;
        message.settle();
        if (head !== null && receipt !== null) receipts.add(receipt.device, receipt.signal, head);
      },
      refused: (error) => {
        const code = error instanceof LoadcycleError ? error.code : 'internal';
        if (record.topic === LOG_TOPICS.deadLetters) return null;
        head = null;
        const letter = deadLetter(packet.topic, payload, code, error.message, record.headers);
        noteDeadLetter(letter);
        return letter;
      },
    });
  };
  const noteDeadLetter = (letter: NewRecord): void => {
    counts.deadLetters++;
    const code = letter.headers?.[HEADERS.reason] ?? 'internal';
    metrics.deadLetter(code);
    log.warn({ code, topic: letter.key, detail: letter.headers?.[HEADERS.detail] }, 'dead letter');
  };

  const onState = (): void => {
    const down = connections.find((c) => !c.usable);
    metrics.connected(connections.filter((c) => c.usable).length);
    if (down === undefined) health.set('broker', 'ok');
    else {
      const code: ErrorCode = down.trouble?.code ?? 'broker.unavailable';
      const state = code === 'broker.unavailable' ? 'waiting' : 'failing';
      health.set('broker', state, code, down.trouble?.detail ?? 'not connected');
    }
  };
  health.set('broker', 'waiting', 'broker.unavailable', 'not connected yet');
  for (let i = 0; i < count; i++) {
    connections.push(
      new Connection({
        mqtt: options.mqtt,
        clientId: `${instance}-${i}`,
        protocolVersion: options.protocolVersion,
        filters: filtersOf(i, groupOf(shareName, shareSecret), options.sparkplug ?? false),
        // that of a session from before there was a secret
        former: shareSecret === null ? [] : filtersOf(1, shareName, false),
        secret: shareSecret,
        maxInFlight: options.maxInFlight,
        keepaliveS: options.keepaliveS ?? 30,
        log,
        onMessage,
        onState,
        onSubscribed: (client) => {
          if (i === 0) watch?.subscribe(client);
        },
      }),
    );
  }

  return {
    stats: () => ({
      ...counts,
      connected: connections.filter((c) => c.usable).length,
      held: connections.reduce((n, c) => n + c.hold.held, 0),
    }),
    async close() {
      watch?.close();
      const drainMs = options.drainMs ?? 5_000;
      const leaving = options.leaveAtClose === true && shareName !== null;
      let left = false;
      if (leaving) {
        await Promise.all(connections.map((c) => c.leave()));
        left = await quiet(() => counts.received, queue, drainMs);
      }
      for (const connection of connections) connection.hold.pause();
      const drained = await queue.drain(drainMs);
      if (!drained)
        log.warn({ records: queue.depth }, 'the log is away: the broker keeps what it has not taken');
      receipts.flush();
      await queue.close();
      await Promise.all(connections.map((c) => c.close(leaving && left && drained)));
    },
  };
}

/** The name in `$share/{name}/…`. */
function groupOf(shareName: string | null, secret: string | null): string | null {
  return shareName === null || secret === null ? shareName : `${shareName}-${secret}`;
}

/**
 * The first connection of each instance takes the statuses by itself: a shared subscription gets no retained
 * messages, and some records more of the same status change nothing.
 */
export function filtersOf(connection: number, shareName: string | null, sparkplug: boolean): string[] {
  const [samples, status] = BRIDGE_FILTERS;
  const filters = [shareName === null ? samples : `$share/${shareName}/${samples}`];
  if (connection === 0) filters.push(status);
  if (connection === 0 && sparkplug) filters.push(SPARKPLUG_FILTER);
  return filters;
}

/** Resolves true once nothing has come for a second and the queue is empty; false after `timeoutMs`. */
async function quiet(received: () => number, queue: AppendQueue, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  let before = -1;
  while (performance.now() < deadline) {
    if (received() === before && queue.depth === 0) return true;
    before = received();
    await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, timeoutMs / 4)));
  }
  return false;
}
