import type { Database } from '@loadcycle/database/port';

/**
 * What the log cannot give back, in the order of their references: the catalogue, who may do what, and what was done.
 * Ids are kept, so that rows and cycles that are made anew belong to the same signals.
 */
const TABLES = [
  'site',
  'device',
  'signal',
  'signal_version',
  'sparkplug_name',
  'api_client',
  'api_seed',
  'signing_key',
  'revoked_token',
  'access_log',
  'operation',
  'command',
  'log_replacement',
] as const;

export type Carried = ReadonlyMap<string, string>;

/** Rows of these tables as JSON text, table by table; a table that the old store does not have is left out. */
export async function readCarryOver(db: Database): Promise<Carried> {
  const carried = new Map<string, string>();
  for (const table of TABLES) {
    const [known] = await db.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
      table,
    ]);
    if (known?.there !== true) continue;
    const [row] = await db.query<{ rows: string }>(
      `SELECT coalesce(json_agg(to_json(t)), '[]')::text AS rows FROM ${table} t`,
    );
    carried.set(table, row!.rows);
  }
  return carried;
}

export async function writeCarryOver(db: Database, carried: Carried): Promise<void> {
  await db.transaction(
    async (tx) => {
      for (const [table, rows] of carried) {
        await tx.query(
          `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
           SELECT * FROM json_populate_recordset(NULL::${table}, $1::text::json) ON CONFLICT DO NOTHING`,
          [rows],
        );
        const sequences = await tx.query<{ name: string; field: string }>(
          `SELECT pg_get_serial_sequence($1, attname) AS name, attname AS field FROM pg_attribute
           WHERE attrelid = $1::text::regclass AND attidentity <> ''`,
          [table],
        );
        for (const { name, field } of sequences) {
          await tx.query(`SELECT setval($1::text, greatest(coalesce(max(${field}), 0), 1)) FROM ${table}`, [
            name,
          ]);
        }
      }
    },
    { priority: 'write' },
  );
}
