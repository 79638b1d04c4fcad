import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '@loadcycle/database/port';
import { expect, test } from 'vitest';
import { openTestDatabase } from './support/database.ts';

const SNAPSHOT = fileURLToPath(new URL('../database/schema.snapshot.txt', import.meta.url));

/** Tables, columns, constraints, indexes and rights as a text that a person can compare. */
async function describeSchema(db: Database): Promise<string> {
  const rows = await db.query<{ line: string }>(`
    WITH ours AS (SELECT c.oid, c.relname, c.relkind, c.relacl FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                  AND c.relkind IN ('r', 'v', 'p') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
    SELECT relname || ' ' || CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS line FROM ours
    UNION ALL SELECT o.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
      FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT o.relname || ' constraint ' || pg_get_constraintdef(k.oid)
      FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid WHERE k.contype IN ('p', 'u', 'c', 'f')
    UNION ALL SELECT o.relname || ' index ' || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING', 'USING')
      FROM ours o JOIN pg_index i ON i.indrelid = o.oid
    UNION ALL SELECT o.relname || ' grant ' || r.rolname || ' ' || string_agg(x.privilege_type, ',' ORDER BY x.privilege_type)
      FROM ours o, aclexplode(o.relacl) x JOIN pg_roles r ON r.oid = x.grantee
      WHERE r.rolname LIKE 'loadcycle_%' GROUP BY o.relname, r.rolname`);
  const lines = rows.map((r) => r.line).toSorted();
  return `${lines.join('\n')}\n`;
}

test('the migrations make the schema of the snapshot (UPDATE_SCHEMA=1 writes it anew)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
  const { db, close } = await openTestDatabase({ folder });
  try {
    const schema = await describeSchema(db);
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(SNAPSHOT, schema);
    expect(schema).toBe(readFileSync(SNAPSHOT, 'utf8'));
  } finally {
    await close();
    rmSync(folder, { recursive: true });
  }
});
