import { dataOf } from '@loadcycle/client';
import type { Command } from 'commander';
import { action, type Context, examples } from '../context.ts';
import { bytesShown, grouped, shown, table } from '../table.ts';

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('state, rates and lag of each stage, and the devices')
    .description('What runs, how fast, what lags, and what waits on the devices.')
    .action(action(status));
  examples(command, 'status', "status --json | jq '.consumers[] | {consumer, lag}'");
}

interface Outbox {
  readonly batches?: number;
  readonly bytes?: number;
  readonly hoursLeft?: number | null;
}

async function status(context: Context): Promise<void> {
  const pipeline = dataOf(await context.client.GET('/v1/pipeline'));
  context.print(pipeline, () => {
    const { broker, devices, bridge, log, consumers, notify, store, parts, trouble } = pipeline;
    const day = store.lastDay;
    const last =
      day === null
        ? ''
        : `; last day: ${grouped(day.samples)} samples, ${grouped(day.batches)} batches, ` +
          `${grouped(day.duplicates)} duplicates, ${grouped(day.deadLettered)} dead letters`;
    const told = new Set(trouble.map((t) => t.stage));
    const broken = Object.entries(parts).filter(([name, p]) => p.state !== 'ok' && !told.has(name));
    const sections = [
      `pipeline  ${pipeline.state}`,
      `store     ${store.landedPerSecond === null ? '–' : grouped(store.landedPerSecond)} samples/s${last}`,
      `devices   ${devices.online} online, ${devices.silent} silent, ${devices.offline} offline, ${devices.sampling} sampling, ` +
        `${grouped(devices.outboxBatches)} batches wait on them, ${grouped(devices.dropped)} dropped`,
      `bridge    ${bridge.state}, ${shown(bridge.perSecond)} records/s, heard at ${bridge.heardAt?.slice(0, 19) ?? '–'}`,
    ];
    for (const { stage, state, code, detail } of trouble) {
      sections.push(
        `trouble   ${stage} is ${state}: ${detail ?? code ?? 'unknown'}${detail && code ? ` (${code})` : ''}`,
      );
    }
    if (broker !== null && broker.dropped !== null) {
      sections.push(
        `broker    holds ${grouped(broker.storedMessages ?? 0)} messages (${bytesShown(broker.storedBytes ?? 0)}), ` +
          `${grouped(broker.dropped)} thrown away since it started`,
      );
    }
    for (const { consumer, failed, lastFailure: last } of notify) {
      if (last === null) continue;
      sections.push(
        `given up  ${grouped(failed)} anomalies for ${consumer}, last at ${last.at.slice(0, 19)}: ${last.detail ?? last.code}`,
      );
    }
    for (const d of devices.list) {
      for (const p of d.problems) sections.push(`trouble   ${d.site}/${d.device}: ${p.detail} (${p.code})`);
    }
    for (const [name, part] of broken) {
      sections.push(`trouble   ${name} is ${part.state}${part.code === undefined ? '' : ` (${part.code})`}`);
    }
    const deviceRows = devices.list.map((d) => {
      const outbox = (d.status?.['outbox'] ?? {}) as Outbox;
      const waits =
        outbox.batches === undefined ? null : `${outbox.batches} (${bytesShown(outbox.bytes ?? 0)})`;
      const sampling = d.sampling === null ? null : d.sampling ? 'yes' : 'no';
      return [
        `${d.site}/${d.device}`,
        d.state,
        sampling,
        d.signals,
        waits,
        hours(outbox.hoursLeft),
        d.statusAt?.slice(0, 19) ?? null,
        clockShown(d.clock?.offsetS),
      ];
    });
    const consumerRows = consumers.map((c) => [
      c.consumer,
      c.topic,
      c.state,
      c.lag,
      shown(c.perSecond),
      c.movedAt?.slice(0, 19) ?? null,
    ]);
    const topicRows = log.topics.map((t) => [t.topic, t.partitions, t.records, shown(t.perSecond)]);
    const head = ['device', 'state', 'sampling', 'signals', 'outbox', 'disk left', 'told at (UTC)', 'clock'];
    return [
      sections.join('\n'),
      table(head, deviceRows),
      table(['consumer', 'topic', 'state', 'lag', 'records/s', 'moved at (UTC)'], consumerRows),
      table([`log (${log.state})`, 'partitions', 'records', 'records/s'], topicRows),
    ].join('\n\n');
  });
}

/** Within a second it is the way of the message as much as the clock. */
function clockShown(offsetS: number | undefined): string | null {
  if (offsetS === undefined) return null;
  const s = Math.abs(offsetS);
  if (s < 1) return 'right';
  const size = s < 120 ? `${shown(s, 1)} s` : s < 7200 ? `${shown(s / 60, 1)} min` : (hours(s / 3600) ?? '');
  return `${size} ${offsetS > 0 ? 'ahead' : 'behind'}`;
}

const hours = (left: number | null | undefined): string | null =>
  left === null || left === undefined ? null : left < 48 ? `${shown(left, 2)} h` : `${shown(left / 24, 2)} d`;
