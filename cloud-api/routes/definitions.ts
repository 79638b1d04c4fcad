import { z } from '@hono/zod-openapi';
import { LoadcycleError, type SignalPath, signalKey } from '@loadcycle/contract';
import { PRESETS } from '@loadcycle/contract/presets';
import type { Database } from '@loadcycle/database/port';
import {
  type AppliedCatalogue,
  applyCatalogue,
  CATALOGUE_LIMITS,
  correctUnit,
  getSignal,
  listVersions,
  readSignal,
} from '@loadcycle/processors/catalogue/index';
import type { Principal } from '../auth/principal.ts';
import { jsonAnswer, problemAnswer } from '../http/document.ts';
import { type Endpoint, endpoint, type RawBody } from '../http/endpoint.ts';
import { refuseBeyond } from '../http/looked-at.ts';
import { SignalParams, unitParam } from '../http/params.ts';
import { badParameter, Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { findSignal } from '../retrieval/catalogue.ts';
import type { Threads } from '../threads/threads.ts';
import { DefinitionSchema, iso, SignalSchema, signalAnswer, TimeSchema } from './schemas.ts';

const DefinitionInput = z.record(z.string(), z.unknown()).openapi('SignalDefinitionInput', {
  description:
    'The fields of SignalDefinition, `preset` for what they do not say, and `stuckAfter`, `expectedPeriod`, `clockSkew` as durations',
  example: { preset: 'voltage', validMax: 480, stuckAfter: '30s', labels: { owner: 'maintenance' } },
});

const DiffSchema = z
  .object({
    applied: z.boolean(),
    created: z.array(z.string()),
    changed: z.array(
      z.object({
        signal: z.string(),
        fields: z.array(
          z.object({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
        ),
      }),
    ),
    unchanged: z.array(z.string()),
    unknown: z.array(z.object({ signal: z.string(), rule: z.string(), looksAt: z.string() })).openapi({
      description: 'Conditions that look at a signal that is not there yet, and judge nothing before it is',
    }),
  })
  .openapi('CatalogueDiff');

const diffAnswer = (diff: AppliedCatalogue, applied: boolean): z.infer<typeof DiffSchema> => ({
  applied,
  created: diff.created.map((e) => signalKey(e.path)),
  changed: diff.changed.map((e) => ({ signal: signalKey(e.path), fields: [...e.fields] })),
  unchanged: diff.unchanged.map(signalKey),
  unknown: diff.unknown.map(({ path, rule, looksAt }) => ({
    signal: signalKey(path),
    rule,
    looksAt: signalKey(looksAt),
  })),
});

const ENTITY_TAGS = /^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/;

/**
 * The version that the change is for; null for any. A weak tag counts as well: compression makes one of ours.
 * Refuses with 412 where If-Match names no version that is there now (RFC 9110, 13.1.1).
 */
async function versionOf(reader: Database, path: SignalPath, header: (name: string) => string | undefined) {
  const ifNoneMatch = header('if-none-match')?.trim();
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw badParameter('if-none-match', 'only * (create, do not replace)');
    return 0;
  }
  const ifMatch = header('if-match')?.trim();
  if (ifMatch === undefined) return null;
  if (ifMatch !== '*' && !ENTITY_TAGS.test(ifMatch)) throw badParameter('if-match', 'the ETag of the signal');
  const now = (await getSignal(reader, path))?.version ?? 0;
  const isNamed = ifMatch === '*' ? now > 0 : ifMatch.match(/"[^"]*"/g)!.includes(`"v${now}"`);
  if (!isNamed) {
    const present = now === 0 ? 'is not there' : `has version ${now}`;
    throw new Refusal('request.precondition-failed', `${signalKey(path)} ${present}`);
  }
  return ifMatch === '*' ? null : now;
}

const invalidDefinition = (problems: readonly { path: readonly PropertyKey[]; message: string }[]): Refusal =>
  new Refusal('request.unprocessable', problems[0]!.message, {
    errors: problems.slice(0, 20).map((p) => ({
      pointer: p.path.map((k) => `/${String(k).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      detail: p.message,
    })),
  });

export interface DefinitionServices {
  readonly reader: Database;
  readonly control: Database;
  readonly threads: Threads;
}

export function definitionRoutes({ reader, control, threads }: DefinitionServices): Endpoint[] {
  const put = async (path: SignalPath, who: Principal, written: unknown, version: number | null) => {
    const { definition, problems } = readSignal(written);
    if (definition === null) throw invalidDefinition(problems);
    refuseBeyond([{ path, definition }], who.grants);
    const expected = version === null ? [] : [{ path, version }];
    try {
      return await applyCatalogue(control, [{ path, definition }], who.clientId, { expected });
    } catch (error) {
      const moved =
        error instanceof LoadcycleError && error.code === 'request.conflict' && error.pointer === undefined;
      if (moved && version !== null) throw new Refusal('request.precondition-failed', error.message);
      throw error;
    }
  };
  return [
    endpoint({
      method: 'put',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}',
      access: { scopes: ['signals:write'], on: 'path' },
      tag: 'Catalogue',
      id: 'defineSignal',
      summary: 'Defines a signal, or changes its definition',
      description:
        'Each change is a new version. `If-Match` with the ETag refuses (412) where it was changed in the meantime, `If-None-Match: *` where it is there. A signal that has data keeps its unit (409). Conditions look at signals within the grants alone (403).',
      params: SignalParams,
      body: { schema: DefinitionInput, types: ['application/json'], limitBytes: 65_536 },
      responses: {
        200: jsonAnswer('The signal, changed or as it was', SignalSchema),
        201: jsonAnswer('The signal, new', SignalSchema),
        412: problemAnswer('It was changed in the meantime'),
      },
      handle: async ({ c, params, body, principal }) => {
        const version = await versionOf(reader, params, (name) => c.req.header(name));
        const diff = await put(params, principal, body, version);
        const signal = await findSignal(reader, params);
        const status = diff.created.length > 0 ? 201 : 200;
        return json(c, signalAnswer(signal), status, { etag: `"v${signal.version}"` });
      },
    }),
    endpoint({
      method: 'post',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/unit',
      access: { scopes: ['signals:write'], on: 'path' },
      tag: 'Catalogue',
      id: 'correctUnit',
      summary: 'Gives a signal that has data another unit',
      description:
        '`relabel`: the unit was written wrongly (`C` where `Cel` was meant); every number stays as it is, and batches in the unit before are refused (`message.unit-mismatch`) unless `senderStays`. `convert`: all that is stored is answered in the new unit, limits and settings of the definition are converted, and batches in the unit before go on to be taken. A new version either way; `If-Match` as for a definition.',
      params: SignalParams,
      body: {
        schema: z.strictObject({
          unit: unitParam.openapi({ description: 'UCUM code' }),
          how: z.enum(['relabel', 'convert']),
          quantity: z.string().min(1).max(64).optional().openapi({
            description:
              'Where it is absent: as before, or `unknown` where the new unit does not measure that',
          }),
          senderStays: z.boolean().optional().openapi({
            description: 'Of `relabel`: the sender goes on saying the unit before, and means the new one',
          }),
        }),
        types: ['application/json'],
      },
      responses: {
        200: jsonAnswer('The signal', SignalSchema),
        412: problemAnswer('It was changed in the meantime'),
      },
      handle: async ({ c, params, body, principal }) => {
        await findSignal(reader, params);
        const version = await versionOf(reader, params, (name) => c.req.header(name));
        const { unit, how, quantity, senderStays } = body;
        if (senderStays === true && how === 'convert') {
          throw new Refusal('request.unprocessable', 'senderStays belongs to relabel', {
            errors: [{ pointer: '/senderStays', detail: 'of a conversion it goes without saying' }],
          });
        }
        const correction = {
          ...{ unit, how },
          ...(quantity === undefined ? {} : { quantity }),
          ...(senderStays === undefined ? {} : { senderStays }),
          ...(version === null ? {} : { version }),
        };
        await correctUnit(control, params, correction, principal.clientId);
        const signal = await findSignal(reader, params);
        return json(c, signalAnswer(signal), 200, { etag: `"v${signal.version}"` });
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/sites/{site}/devices/{device}/signals/{signal}/versions',
      access: { scopes: ['signals:write', 'samples:read', 'cycles:read'], on: 'path' },
      tag: 'Catalogue',
      id: 'listSignalVersions',
      summary: 'Every definition that a signal ever had, and who made it',
      params: SignalParams,
      responses: {
        200: jsonAnswer(
          'Versions, oldest first',
          z.object({
            versions: z.array(
              z.object({
                version: z.int(),
                definition: DefinitionSchema,
                changedAt: TimeSchema,
                changedBy: z.string(),
                correction: z.enum(['relabel', 'convert']).nullable().openapi({
                  description: 'How its unit was corrected; null: it was not',
                }),
              }),
            ),
          }),
        ),
      },
      handle: async ({ c, params }) => {
        const signal = await findSignal(reader, params);
        const versions = await listVersions(reader, signal.id);
        return json(c, {
          versions: versions.map(({ changedAtUs, ...v }) => ({ ...v, changedAt: iso(changedAtUs) })),
        });
      },
    }),
    endpoint<unknown, { dryRun?: 'true' | 'false' | undefined }, RawBody>({
      method: 'post',
      path: '/v1/catalogue',
      access: { scopes: ['signals:write'], on: 'named' },
      tag: 'Catalogue',
      id: 'applyCatalogue',
      summary: 'Applies a catalogue file (YAML); again it changes nothing',
      description: `\`dryRun=true\` answers the difference and changes nothing. Problems name their line, the first ${CATALOGUE_LIMITS.problems} at most. At most ${CATALOGUE_LIMITS.signals} signals and ${CATALOGUE_LIMITS.aliases} YAML aliases.`,
      query: z.strictObject({ dryRun: z.enum(['true', 'false']).optional() }),
      body: {
        raw: true,
        types: ['application/yaml', 'text/yaml', 'application/x-yaml'],
        // reading YAML takes seconds of CPU a MiB
        limitBytes: 1_048_576,
      },
      responses: { 200: jsonAnswer('The difference', DiffSchema) },
      handle: async ({ c, query, body, principal }) => {
        const { bytes } = body;
        const asker = { client: principal.clientId, gone: c.req.raw.signal };
        const { grants } = principal;
        const entries = await threads.run(asker, 'readCatalogue', { bytes, grants }, [bytes.buffer]);
        const dryRun = query.dryRun === 'true';
        const diff = await applyCatalogue(control, entries, principal.clientId, { dryRun });
        return json(c, diffAnswer(diff, !dryRun));
      },
    }),
    endpoint({
      method: 'get',
      path: '/v1/presets',
      access: { scopes: ['signals:write', 'samples:read', 'cycles:read'], on: 'allowed' },
      tag: 'Catalogue',
      id: 'listPresets',
      summary: 'Ready-made definitions by quantity',
      responses: {
        200: jsonAnswer('Presets by name', z.object({ presets: z.record(z.string(), z.unknown()) })),
      },
      handle: ({ c }) => json(c, { presets: PRESETS }),
    }),
  ];
}
