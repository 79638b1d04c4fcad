/**
 * The two ends of the load, each a process of its own and as lean as MQTT 5 lets it be, so that neither is what is
 * measured: every packet is made before the first leaves. `load.ts '{"publish":…}'` prints `ready`, sends on SIGUSR2,
 * and prints one JSON line when all is acknowledged; `load.ts '{"take":…}'` answers what a shared subscription gives it.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parser } from 'mqtt-packet';
import { openSession, subscribe } from '../mqtt-load.ts';
import { type LoadPlan, type MadePackets, makePackets } from './packets.ts';

export interface TakePlan {
  readonly url: string;
  readonly messages: number;
  readonly connections: number;
}
export type LoadArgument = { readonly publish: LoadPlan } | { readonly take: TakePlan };

/** What a publisher says at the end. */
export interface Published {
  readonly cpuS: number;
  /** when the first device's messages left, ms since the epoch; paced load only */
  readonly sentMs: readonly number[];
}

/** As fast as the broker acknowledges, with `window` messages without an answer at most. */
async function flood(socket: Socket, { bytes, ends }: MadePackets, window: number): Promise<void> {
  const count = ends.length;
  const done = Promise.withResolvers<void>();
  let sent = 0;
  const more = (answered: number): void => {
    const to = Math.min(count, answered + window);
    if (to === sent) return;
    socket.write(bytes.subarray(sent === 0 ? 0 : ends[sent - 1]!, ends[to - 1]!));
    sent = to;
  };
  onAnswers(socket, (answered) => {
    if (answered === count) done.resolve();
    else more(answered);
  });
  more(0);
  await done.promise;
}

/** One message each `everyMs`, whatever the broker does; when each left. */
async function pace(socket: Socket, { bytes, ends }: MadePackets, everyMs: number): Promise<number[]> {
  const done = Promise.withResolvers<void>();
  onAnswers(socket, (answered) => answered === ends.length && done.resolve());
  const started = performance.now();
  const sentMs: number[] = [];
  for (const [i, end] of ends.entries()) {
    await delay(Math.max(0, started + i * everyMs - performance.now()));
    socket.write(bytes.subarray(i === 0 ? 0 : ends[i - 1]!, end));
    sentMs.push(performance.timeOrigin + performance.now());
  }
  await done.promise;
  return sentMs;
}

/** Every answer is a PUBACK of success, which MQTT 5 writes in 4 bytes (6 where it says that nobody listens). */
function onAnswers(socket: Socket, told: (answered: number) => void): void {
  let answered = 0;
  const reader = parser({ protocolVersion: 5 });
  reader.on('packet', () => answered++);
  socket.on('data', (data: Buffer) => {
    reader.parse(data);
    told(answered);
  });
}

async function publish(plan: LoadPlan): Promise<number[]> {
  const made = Array.from({ length: plan.devices }, (_, device) => makePackets(plan, device));
  const sockets = await Promise.all(
    made.map((_, i) => openSession({ url: plan.url, clientId: `load-${i}`, protocolVersion: 5 })),
  );
  const told = once(process, 'SIGUSR2');
  process.stdout.write('ready\n');
  await told;
  const before = process.cpuUsage();
  const { everyMs } = plan;
  const sent = await Promise.all(
    made.map((packets, i) =>
      everyMs === null ? flood(sockets[i]!, packets, plan.window) : pace(sockets[i]!, packets, everyMs),
    ),
  );
  for (const socket of sockets) socket.destroy();
  finish({ sentMs: sent[0] ?? [] }, before);
  return sent[0] ?? [];
}

async function take({ url, messages, connections }: TakePlan): Promise<void> {
  const done = Promise.withResolvers<void>();
  let taken = 0;
  const topic = 'loadcycle/v1/+/+/samples/#';
  for (let c = 0; c < connections; c++) {
    const side = { url, clientId: `take-${c}`, protocolVersion: 5 } as const;
    await subscribe(side, connections > 1 ? `$share/take/${topic}` : topic, () => {
      if (++taken === messages) done.resolve();
    });
  }
  process.stdout.write('ready\n');
  const before = process.cpuUsage();
  await done.promise;
  finish({}, before);
}

function finish(more: object, before: NodeJS.CpuUsage): void {
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${JSON.stringify({ cpuS: (user + system) / 1e6, ...more })}\n`);
  process.exit(0);
}

const argument = JSON.parse(process.argv[2]!) as LoadArgument;
if ('publish' in argument) await publish(argument.publish);
else await take(argument.take);
