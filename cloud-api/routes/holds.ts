import { z } from '@hono/zod-openapi';
import type { SignalPath } from '@loadcycle/contract';
import { parseTimeUs } from '@loadcycle/contract';
import type { Database } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { unprocessable } from '../http/check.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Endpoint, endpoint } from '../http/endpoint.ts';
import { IdParams, SignalParams } from '../http/params.ts';
import { nowUs } from '../http/range.ts';
import { notFound, Refusal } from '../http/refusal.ts';
import { json } from '../http/respond.ts';
import { iso, isoOrNull, TimeSchema } from './schemas.ts';

const HoldSchema = z
  .object({
    id: z.int(),
    from: TimeSchema,
    to: TimeSchema,
    until: TimeSchema.nullable().openapi({ description: 'null: for ever' }),
    createdAt: TimeSchema,
    createdBy: z.string(),
  })
  .openapi('RetentionHold', { description: 'A stretch of time of which nothing goes by retention' });

interface Row {
  id: number;
  fromUs: number;
  toUs: number;
  untilUs: number | null;
  createdUs: number;
  createdBy: string;
}

const FIELDS = `id, ${us('from_ts')} AS "fromUs", ${us('to_ts')} AS "toUs", ${us('until')} AS "untilUs",
  ${us('created_at')} AS "createdUs", created_by AS "createdBy"`;
const OF = 'site = $1 AND device = $2 AND signal = $3';
const columns = ({ site, device, signal }: SignalPath): string[] => [site, device, signal];

const answerOf = (r: Row): z.infer<typeof HoldSchema> => ({
  id: r.id,
  from: iso(r.fromUs),
  to: iso(r.toUs),
  until: isoOrNull(r.untilUs),
  createdAt: iso(r.createdUs),
  createdBy: r.createdBy,
});

const DAY_US = 86_400_000_000;
const PATH = '/v1/sites/{site}/devices/{device}/signals/{signal}/holds';

function timeOf(pointer: string, text: string): number {
  try {
    return parseTimeUs(text);
  } catch {
    throw unprocessable(pointer, 'no date and time');
  }
}

/** What had gone by retention by now; null: nothing has. */
async function goneTo(db: Database): Promise<number | null> {
  const [row] = await db.query<{ raw: number | null }>('SELECT raw_us AS raw FROM retention');
  return row?.raw == null ? null : nowUs() - row.raw;
}

/** Rollups of a time whose rows are gone would be hidden by rows that come anew. */
async function refuseRolledUp(db: Database, path: SignalPath, fromUs: number, toUs: number): Promise<void> {
  const [found] = await db.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM sample_1h h JOIN signal_path p ON p.signal_id = h.signal_id
                    WHERE p.${OF.replaceAll(' AND ', ' AND p.')} AND h.bucket >= ${ts('$4')} - interval '1 hour' AND h.bucket < ${ts('$5')})
        AND NOT EXISTS (SELECT FROM retention_hold WHERE ${OF} AND from_ts <= ${ts('$5')} AND to_ts >= ${ts('$4')}) AS there`,
    [...columns(path), fromUs, toUs],
  );
  if (found?.there !== true) return;
  throw new Refusal(
    'request.conflict',
    'the signal has had samples in this time, which have gone by retention; their rollups are kept',
    { hint: 'bring the archive in under another signal' },
  );
}

export function holdRoutes({ reader, control }: { reader: Database; control: Database }): Endpoint[] {
  const read = (path: SignalPath): Promise<Row[]> =>
    reader.query<Row>(`SELECT ${FIELDS} FROM retention_hold WHERE ${OF} ORDER BY from_ts, id`, columns(path));
  return [
    endpoint({
      method: 'post',
      path: PATH,
      access: { scopes: ['signals:write'], on: 'path' },
      tag: 'Catalogue',
      id: 'holdSamples',
      summary: 'Keeps a stretch of time from retention, for an archive that is brought in',
      description:
        'Before the samples come. Chunks that reach into the stretch stay as they are, with what other signals have in them. Where the signal has rollups of that time and no rows any more, it is refused (409). The same stretch again changes `until`.',
      params: SignalParams,
      body: {
        schema: z.strictObject({
          from: z.string().max(64),
          to: z.string().max(64),
          until: z.string().max(64).optional().openapi({ description: 'For ever where it is absent' }),
        }),
        types: ['application/json'],
      },
      responses: { 200: jsonAnswer('The hold', HoldSchema) },
      handle: async ({ c, params, body, principal }) => {
        const [fromUs, toUs] = [timeOf('/from', body.from), timeOf('/to', body.to)];
        const untilUs = body.until === undefined ? null : timeOf('/until', body.until);
        if (fromUs > toUs) throw unprocessable('/from', 'is after to');
        const gone = await goneTo(reader);
        const isOld = gone !== null && gone > fromUs;
        if (isOld) await refuseRolledUp(reader, params, fromUs, Math.min(gone, toUs));
        // what goes while the archive comes in, too
        const archiveToUs = isOld ? Math.min(gone + DAY_US, toUs) : null;
        const [row] = await control.query<Row>(
          `INSERT INTO retention_hold (site, device, signal, from_ts, to_ts, archive_to, until, created_by)
           VALUES ($1, $2, $3, ${ts('$4')}, ${ts('$5')}, ${ts('$6')}, ${ts('$7')}, $8)
           ON CONFLICT (site, device, signal, from_ts, to_ts) DO UPDATE SET until = excluded.until RETURNING ${FIELDS}`,
          [...columns(params), fromUs, toUs, archiveToUs, untilUs, principal.clientId],
        );
        return json(c, answerOf(row!));
      },
    }),
    endpoint({
      method: 'get',
      path: PATH,
      access: { scopes: ['signals:write', 'samples:read'], on: 'path' },
      tag: 'Catalogue',
      id: 'listHolds',
      summary: 'Stretches of time that are kept from retention for this signal',
      params: SignalParams,
      responses: { 200: jsonAnswer('The holds', z.object({ holds: z.array(HoldSchema) })) },
      handle: async ({ c, params }) => json(c, { holds: (await read(params)).map(answerOf) }),
    }),
    endpoint({
      method: 'delete',
      path: `${PATH}/{id}`,
      access: { scopes: ['signals:write'], on: 'path' },
      tag: 'Catalogue',
      id: 'endHold',
      summary: 'Lets retention have a stretch again',
      params: SignalParams.extend(IdParams.shape),
      responses: { 204: { description: 'It goes with the next run of retention' } },
      handle: async ({ params }) => {
        const { id, ...path } = params;
        // its rows answer for themselves until they have gone
        const ended = await control.query(
          `UPDATE retention_hold SET until = now() WHERE ${OF} AND id = $4 RETURNING id`,
          [...columns(path), id],
        );
        if (ended.length === 0) throw notFound(`hold ${id}`);
        return new Response(null, { status: 204 });
      },
    }),
  ];
}
