import type { Database } from '@loadcycle/database/port';

export interface AccountSums {
  received: number;
  landed: number;
  duplicates: number;
  deadLettered: number;
  samples: number;
  good: number;
  uncertain: number;
  bad: number;
}

/** All accounts together. */
export async function accountSums(db: Database): Promise<AccountSums> {
  const [row] = await db.query<AccountSums>(
    `SELECT ${['received', 'landed', 'duplicates', 'dead_lettered', 'samples', 'good', 'uncertain', 'bad']
      .map(
        (c) =>
          `coalesce(sum(${c}), 0)::bigint AS "${c.replace(/_(.)/, (_, letter: string) => letter.toUpperCase())}"`,
      )
      .join(', ')} FROM account`,
  );
  return row!;
}

/** What no account, ledger and rows may ever disagree in. Empty where all is well. */
export async function disagreements(db: Database): Promise<object[]> {
  return await db.query(
    `SELECT 'account' AS what, signal_id FROM account
     WHERE received <> landed + duplicates + dead_lettered OR samples <> good + uncertain + bad
     UNION ALL
     SELECT 'ledger against rows', coalesce(b.signal_id, s.signal_id) FROM
       (SELECT signal_id, sum(count)::bigint AS n, sum(good)::bigint AS good, sum(uncertain)::bigint AS uncertain, sum(bad)::bigint AS bad
        FROM batch GROUP BY 1) b
       FULL JOIN
       (SELECT signal_id, count(*) AS n, count(*) FILTER (WHERE quality < 64) AS good,
               count(*) FILTER (WHERE quality >= 64 AND quality < 128) AS uncertain, count(*) FILTER (WHERE quality >= 128) AS bad
        FROM sample GROUP BY 1) s ON s.signal_id = b.signal_id
     WHERE (b.n, b.good, b.uncertain, b.bad) IS DISTINCT FROM (s.n, s.good, s.uncertain, s.bad)
     UNION ALL
     SELECT 'account against ledger', coalesce(a.signal_id, b.signal_id) FROM
       (SELECT signal_id, sum(landed)::bigint AS landed, sum(samples)::bigint AS n FROM account GROUP BY 1 HAVING sum(landed) > 0) a
       FULL JOIN (SELECT signal_id, count(*) AS landed, sum(count)::bigint AS n FROM batch GROUP BY 1) b ON b.signal_id = a.signal_id
     WHERE (a.landed, a.n) IS DISTINCT FROM (b.landed, b.n)`,
  );
}
