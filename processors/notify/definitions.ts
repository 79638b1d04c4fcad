import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

export type TargetKind = 'webhook' | 'mqtt' | 'email';

/** What may be shown of a target, by its kind. */
export interface ShownSettings {
  /** webhook: what is posted is signed with a key of its own */
  readonly signed?: boolean;
  /** mqtt */
  readonly mqttVersion?: '5' | '3.1.1';
  readonly username?: string | null;
  /** email */
  readonly to?: readonly string[];
  readonly gatherS?: number;
}

/** What is never shown: it is sealed in the store. */
export interface SecretSettings {
  /** webhook, mqtt: who knows it can often post there */
  readonly url?: string;
  /** webhook: the key that signs what is posted */
  readonly signingSecret?: string | null;
  /** mqtt */
  readonly password?: string | null;
}

export interface TargetInput {
  readonly name: string;
  readonly kind: TargetKind;
  /** of which sites and devices it is told, written as a client's grants */
  readonly grants: readonly string[];
  /** it is told of what is still open and not acknowledged so long after the others were */
  readonly afterS: number;
  readonly settings: ShownSettings;
  /** {@link SecretSettings} as JSON, sealed; null: none */
  readonly secret: string | null;
}

/** A target that was made by the API. */
export interface TargetDefinition extends Omit<TargetInput, 'secret'> {
  readonly id: number;
  readonly version: number;
  readonly createdAtUs: number;
  readonly createdBy: string;
  readonly changedAtUs: number;
  readonly changedBy: string;
}

/** Its name as a consumer of the log. */
export const consumerOf = (id: number): string => `notify-target-${id}`;
/** SQL for the same. */
const CONSUMER = `'notify-target-' || id`;

const COLUMNS = `id, name, kind, grants, after_s AS "afterS", settings, version, ${us('created_at')} AS "createdAtUs",
  created_by AS "createdBy", ${us('changed_at')} AS "changedAtUs", changed_by AS "changedBy"`;

/** Most targets that the API makes: each is a consumer of the log. */
export const MAX_TARGETS = 100;

export const listDefinitions = (db: Queryable): Promise<TargetDefinition[]> =>
  db.query<TargetDefinition>(`SELECT ${COLUMNS} FROM notify_definition ORDER BY id`);

export async function findDefinition(db: Queryable, id: number): Promise<TargetDefinition | null> {
  const rows = await db.query<TargetDefinition>(`SELECT ${COLUMNS} FROM notify_definition WHERE id = $1`, [
    id,
  ]);
  return rows[0] ?? null;
}

/** What notify runs by, with what is sealed. */
export const definitionsToRun = (db: Queryable): Promise<(TargetDefinition & { secret: string | null })[]> =>
  db.query(`SELECT ${COLUMNS}, secret FROM notify_definition ORDER BY id`);

/** Sealed; for the caller that opens it and seals it anew. */
export async function secretOf(db: Queryable, id: number): Promise<string | null> {
  const rows = await db.query<{ secret: string | null }>(
    'SELECT secret FROM notify_definition WHERE id = $1',
    [id],
  );
  return rows[0]?.secret ?? null;
}

/** Null where there are too many. */
export async function addDefinition(db: Queryable, t: TargetInput, by: string): Promise<number | null> {
  const rows = await db.query<{ id: number }>(
    `INSERT INTO notify_definition (name, kind, grants, after_s, settings, secret, created_by, changed_by)
     SELECT $1, $2, $3::text[], $4, $5::jsonb, $6, $7, $7
     WHERE (SELECT count(*) FROM notify_definition) < ${MAX_TARGETS} RETURNING id`,
    [t.name, t.kind, t.grants, t.afterS, t.settings, t.secret, by],
  );
  return rows[0]?.id ?? null;
}

/** False where it was changed or removed since `version`. */
export async function changeDefinition(
  db: Queryable,
  id: number,
  version: number,
  t: TargetInput,
  by: string,
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE notify_definition SET name = $3, grants = $4, after_s = $5, settings = $6, secret = $7, changed_by = $8,
       changed_at = now(), version = version + 1 WHERE id = $1 AND version = $2 RETURNING id`,
    [id, version, t.name, t.grants, t.afterS, t.settings, t.secret, by],
  );
  return rows.length === 1;
}

export async function removeDefinition(db: Queryable, id: number): Promise<boolean> {
  return (await db.query('DELETE FROM notify_definition WHERE id = $1 RETURNING id', [id])).length === 1;
}

/** SQL: the consumers of the targets that the API has made. */
export const MADE_CONSUMERS = `SELECT ${CONSUMER} FROM notify_definition`;
