import { z } from '@hono/zod-openapi';
import type { Database } from '@loadcycle/database/port';
import { LOST_LOG } from '@loadcycle/processors/landing/log-watch';
import type { Health, MosquittoWatch } from '@loadcycle/service';
import { everywhere } from '../auth/principal.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { json } from '../http/respond.ts';
import { listDevices } from '../retrieval/catalogue.ts';
import { type PipelineMonitor, type PipelineState, rawRetentionS } from '../retrieval/pipeline.ts';
import type { TargetState, Why } from '../retrieval/stalls.ts';
import { DeviceSchema, deviceAnswer } from './catalogue.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

const ComponentSchema = z.object({
  state: z.enum(['ok', 'waiting', 'failing']),
  code: z.string().optional(),
  since: z.int().openapi({ description: 'ms since the epoch' }),
});

const WhySchema = z
  .object({
    code: z
      .string()
      .nullable()
      .openapi({ description: 'A stable code, where an error is what it waits for' }),
    detail: z
      .string()
      .nullable()
      .openapi({ description: 'In words, for a token with a grant over all sites' }),
  })
  .openapi('Why');

/** Of the whole deployment: null for a token without the grant `*`. */
const whole = <T extends z.ZodType>(schema: T) => schema.nullable();

const PipelineSchema = z
  .object({
    state: z.enum(['ok', 'behind', 'stalled', 'failing']).openapi({ description: 'The worst of the stages' }),
    trouble: z
      .array(WhySchema.extend({ stage: z.string(), state: z.enum(['stalled', 'failing']) }))
      .openapi({ description: 'Each stage that is stalled or failing, by name, and why' }),
    devices: z.object({
      online: z.int(),
      silent: z.int().openapi({ description: 'Said that they are online, and are not heard any more' }),
      offline: z.int(),
      unknown: z.int(),
      sampling: z.int(),
      outboxBatches: z.int().openapi({ description: 'Batches that wait on the devices' }),
      dropped: z.int(),
      duplicated: z.int().openapi({ description: 'Devices with whose name two agents run' }),
      list: z.array(DeviceSchema),
    }),
    broker: z
      .object({
        dropped: z.int().nullable().openapi({
          description:
            'Messages that it had acknowledged and then threw away, for a queue was full, since it started; null where it does not tell',
        }),
        droppedAt: TimeSchema.nullable().openapi({ description: 'When that was heard last, within an hour' }),
        storedMessages: z.int().nullable().openapi({ description: 'Messages that it holds' }),
        storedBytes: z.int().nullable(),
      })
      .nullable()
      .openapi({ description: 'What Mosquitto counts of itself, for a token with a grant over all sites' }),
    bridge: z.object({
      state: z.enum(['ok', 'silent']).openapi({
        description: 'silent: devices are online, and nothing has come from any of them for half a minute',
      }),
      perSecond: whole(z.number()).openapi({ description: 'Records of samples and status' }),
      heardAt: whole(TimeSchema).openapi({
        description: 'When something came last, as far as this process has looked',
      }),
    }),
    log: z.object({
      state: z.enum(['ok', 'unavailable', 'replaced']).openapi({
        description: 'replaced: it was lost and made anew, and nobody has acknowledged it (log-replacements)',
      }),
      lost: z.array(z.string()).openapi({ description: 'The topics that were, until it is acknowledged' }),
      topics: z
        .array(
          z.object({
            topic: z.string(),
            partitions: z.int(),
            records: z.int().openapi({ description: 'Records kept' }),
            end: z.int(),
            perSecond: z.number(),
          }),
        )
        .openapi({ description: 'None for a token without the grant `*`' }),
    }),
    consumers: z.array(
      z.object({
        consumer: z.string(),
        topic: z.string(),
        state: z.enum(['ok', 'behind', 'stalled']),
        lag: whole(z.int()).openapi({ description: 'Records of the log that it has not worked off' }),
        perSecond: whole(z.number()),
        movedAt: TimeSchema.nullable(),
        why: WhySchema.nullable().openapi({ description: 'Why it is stalled; null where it is not' }),
      }),
    ),
    notify: z
      .array(
        z.object({
          consumer: z.string(),
          since: TimeSchema.openapi({ description: 'First configured; told of what came after' }),
          delivered: z.int(),
          failed: z.int().openapi({ description: 'Events that were given up' }),
          lastFailure: WhySchema.extend({ at: TimeSchema }).nullable(),
        }),
      )
      .openapi({ description: 'Who is told of anomalies, for a token with a grant over all sites' }),
    store: z.object({
      landedPerSecond: whole(z.number()).openapi({ description: 'Samples' }),
      rawRetentionS: z
        .number()
        .nullable()
        .openapi({ description: 'How long raw samples are kept, s; null: for ever, or not known yet' }),
      lastDay: whole(
        z.object({ samples: z.int(), batches: z.int(), duplicates: z.int(), deadLettered: z.int() }),
      ),
    }),
    parts: z
      .record(z.string(), ComponentSchema)
      .openapi({ description: "What this process's parts say of themselves" }),
  })
  .openapi('Pipeline');

type State = z.infer<typeof PipelineSchema>['state'];
const RANK: State[] = ['ok', 'behind', 'stalled', 'failing'];
const worst = (states: readonly State[]): State =>
  states.reduce((a, b) => (RANK.indexOf(b) > RANK.indexOf(a) ? b : a), 'ok');

const round = (n: number): number => Math.round(n * 10) / 10;

export interface PipelineServices {
  readonly reader: Database;
  readonly monitor: PipelineMonitor;
  readonly health: Health;
  readonly watch: MosquittoWatch | null;
}

export function pipelineRoutes({ reader, monitor, health, watch }: PipelineServices): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/pipeline',
      access: { scopes: ['samples:read', 'cycles:read', 'pipeline:control'], on: 'allowed' },
      tag: 'Pipeline',
      id: 'getPipeline',
      summary: "Each stage's state, rates and lag",
      description:
        'Devices are those that the token reaches; rates are means over ten seconds. Rates and counts of the whole deployment are null without the grant `*`.',
      responses: { 200: jsonAnswer('The pipeline', PipelineSchema) },
      handle: async ({ c, principal }) => {
        const [state, rows] = await Promise.all([monitor.state(), listDevices(reader, principal.grants)]);
        const list = rows.map(deviceAnswer);
        const count = (s: string): number => list.filter((d) => d.state === s).length;
        const outbox = list.reduce((n, d) => n + numberAt(d.status, 'outbox', 'batches'), 0);
        const parts = Object.fromEntries(
          Object.entries(health.snapshot()).map(([name, p]) => [
            name,
            { state: p.state, since: p.since, ...(p.code === undefined ? {} : { code: p.code }) },
          ]),
        );
        const all = everywhere(principal.grants);
        const trouble = troubleIn(state, health, all);
        const replaced = state.lostLogs.length > 0;
        return json(c, {
          state: worst([...trouble.map((t) => t.state), ...state.consumers.map((k) => k.state)]),
          trouble,
          devices: {
            online: count('online'),
            silent: count('silent'),
            offline: count('offline'),
            unknown: count('unknown'),
            sampling: list.filter((d) => d.sampling === true && d.state === 'online').length,
            outboxBatches: outbox,
            dropped: list.reduce((n, d) => n + numberAt(d.status, 'dropped'), 0),
            duplicated: list.filter((d) => d.problems.length > 0).length,
            list,
          },
          broker: all && watch !== null ? brokerAnswer(watch) : null,
          bridge: {
            state: state.bridge.state,
            perSecond: all ? round(state.bridge.perSecond) : null,
            heardAt: all ? iso(state.bridge.heardAtUs) : null,
          },
          log: {
            state: state.logError !== null ? 'unavailable' : replaced ? 'replaced' : 'ok',
            lost: [...state.lostLogs],
            topics: all ? state.topics.map((t) => ({ ...t, perSecond: round(t.perSecond) })) : [],
          },
          consumers: state.consumers.map(({ movedAtUs, perSecond, lag, why, ...k }) => ({
            ...k,
            lag: all ? lag : null,
            perSecond: all ? round(perSecond) : null,
            movedAt: all ? isoOrNull(movedAtUs) : null,
            why: why === null ? null : toldTo(all, why),
          })),
          notify: all ? state.targets.map(targetAnswer) : [],
          store: {
            landedPerSecond: all ? round(state.landedPerSecond) : null,
            rawRetentionS: await rawRetentionS(reader),
            lastDay: all ? state.lastDay : null,
          },
          parts: all ? parts : {},
        });
      },
    }),
  ];
}

/** Details can name machines: they are for who may see everything. */
const toldTo = (all: boolean, { code, detail }: Why): Why => ({ code, detail: all ? detail : null });

type Trouble = z.infer<typeof PipelineSchema>['trouble'][number];

/** Each stage that stands still or fails, and why. */
function troubleIn(state: PipelineState, health: Health, all: boolean): Trouble[] {
  const found: Trouble[] = [];
  const add = (stage: string, worstOf: Trouble['state'], why: Why): void => {
    found.push({ stage, state: worstOf, ...toldTo(all, why) });
  };
  for (const [name, part] of Object.entries(health.snapshot())) {
    if (part.state !== 'failing') continue;
    add(name, 'failing', { code: part.code ?? null, detail: part.detail ?? null });
  }
  if (state.logError !== null)
    add('event log', 'failing', { code: 'log.unavailable', detail: state.logError });
  if (state.lostLogs.length > 0 && !found.some((t) => t.stage === LOST_LOG)) {
    const detail = `the event log of ${state.lostLogs.join(', ')} was lost, and nobody has acknowledged it`;
    add(LOST_LOG, 'failing', { code: 'log.replaced', detail });
  }
  if (state.bridge.state === 'silent') {
    add('bridge', 'stalled', {
      code: null,
      detail: 'devices are online, and nothing has come from any of them',
    });
  }
  for (const { consumer, why } of state.consumers) if (why !== null) add(consumer, 'stalled', why);
  return found;
}

const targetAnswer = ({ sinceUs, lastFailure, ...target }: TargetState) => ({
  ...target,
  since: iso(sinceUs),
  lastFailure:
    lastFailure === null
      ? null
      : { at: iso(lastFailure.atUs), code: lastFailure.code, detail: lastFailure.detail },
});

function brokerAnswer(watch: MosquittoWatch) {
  const { droppedAtMs, ...counts } = watch.state;
  return { ...counts, droppedAt: isoOrNull(droppedAtMs === null ? null : droppedAtMs * 1000) };
}

function numberAt(value: unknown, ...path: string[]): number {
  const found = path.reduce<unknown>((v, key) => (v as Record<string, unknown> | null)?.[key], value);
  return typeof found === 'number' && Number.isInteger(found) ? found : 0;
}
