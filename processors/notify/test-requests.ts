import type { Queryable } from '@loadcycle/database/port';

/** What came of a test message. */
export interface TestAnswer {
  readonly taken: boolean;
  readonly code: string | null;
  /** what the other side said, or why it was not reached; never an address */
  readonly detail: string;
}

/** A test that nobody has answered for so long is forgotten. */
const KEPT = '10 minutes';
const DETAIL_CHARS = 500;

/** Asks notify to send a target one message now. */
export async function requestTest(db: Queryable, id: string, targetId: number): Promise<void> {
  await db.query('INSERT INTO notify_test (id, target_id) VALUES ($1, $2)', [id, targetId]);
}

/** null: there is none yet. */
export async function testAnswer(db: Queryable, id: string): Promise<TestAnswer | null> {
  const rows = await db.query<TestAnswer>(
    'SELECT taken, code, detail FROM notify_test WHERE id = $1 AND answered_at IS NOT NULL',
    [id],
  );
  return rows[0] ?? null;
}

export async function forgetTest(db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM notify_test WHERE id = $1', [id]);
}

/** Takes the tests that nobody has begun, for one of the instances that run. */
export function takeTests(db: Queryable): Promise<{ id: string; targetId: number }[]> {
  return db.query(
    `UPDATE notify_test SET begun_at = now() WHERE id IN
       (SELECT id FROM notify_test WHERE begun_at IS NULL ORDER BY requested_at LIMIT 20 FOR UPDATE SKIP LOCKED)
     RETURNING id, target_id AS "targetId"`,
  );
}

export async function answerTest(db: Queryable, id: string, a: TestAnswer): Promise<void> {
  await db.query(
    'UPDATE notify_test SET answered_at = now(), taken = $2, code = $3, detail = $4 WHERE id = $1',
    [id, a.taken, a.code, a.detail.slice(0, DETAIL_CHARS)],
  );
}

export async function pruneTests(db: Queryable): Promise<void> {
  await db.query(`DELETE FROM notify_test WHERE requested_at < now() - interval '${KEPT}'`);
}
