import type { Queryable } from '@loadcycle/database/port';
import { us } from '@loadcycle/database/sql';

/** Why a stage stands still. */
export interface Why {
  readonly code: string | null;
  readonly detail: string | null;
}

/** What a consumer's worker said of itself last (processors/work/heartbeat.ts). */
export interface WorkerState extends Why {
  readonly consumer: string;
  readonly state: 'ok' | 'waiting' | 'failing';
  readonly seenAtUs: number;
  /** by the store's clock, which wrote it */
  readonly silentS: number;
}

/** Who is told of anomalies. */
export interface TargetState {
  readonly consumer: string;
  readonly sinceUs: number;
  readonly delivered: number;
  readonly failed: number;
  readonly lastFailure: (Why & { readonly atUs: number }) | null;
}

/** A worker says every ten seconds that it is there. */
const GONE_S = 30;

export function consumerStates(db: Queryable): Promise<WorkerState[]> {
  return db.query<WorkerState & object>(
    `SELECT consumer, state, code, detail, ${us('seen_at')} AS "seenAtUs",
       extract(epoch FROM now() - seen_at)::float8 AS "silentS" FROM consumer_state`,
  );
}

export async function notifyTargets(db: Queryable): Promise<TargetState[]> {
  type Row = Omit<TargetState, 'lastFailure'> & Why & { readonly atUs: number | null };
  const rows = await db.query<Row>(
    `SELECT t.consumer, ${us('t.since')} AS "sinceUs", t.delivered, t.failed,
       f.code, f.detail, ${us('f.at')} AS "atUs"
     FROM notify_target t LEFT JOIN LATERAL
       (SELECT code, detail, at FROM notify_failure n WHERE n.consumer = t.consumer ORDER BY id DESC LIMIT 1) f ON true
     ORDER BY t.consumer`,
  );
  return rows.map(({ code, detail, atUs, ...target }) => ({
    ...target,
    lastFailure: atUs === null ? null : { code, detail, atUs },
  }));
}

const RANK = { ok: 0, waiting: 1, failing: 2 };

/** The worst of those that are there; null: none is. */
export function worstOf(workers: readonly WorkerState[]): WorkerState | null {
  const here = workers.filter((w) => w.silentS < GONE_S);
  return here.length === 0 ? null : here.reduce((a, b) => (RANK[b.state] > RANK[a.state] ? b : a));
}

/** Why a consumer with work before it does not move, by what its workers say. */
export function whyStalled(workers: readonly WorkerState[]): Why {
  const worst = worstOf(workers);
  if (worst === null) {
    const last = workers.reduce((a, w) => Math.max(a, w.seenAtUs), 0);
    const seen =
      last === 0 ? 'no process of it' : `no process of it since ${new Date(last / 1000).toISOString()}`;
    return {
      code: null,
      detail: `${seen} has said that it is there: is it running, and can it reach the store?`,
    };
  }
  if (worst.state !== 'ok') return { code: worst.code, detail: worst.detail };
  return {
    code: null,
    detail: 'it is running and sees no error: it has no partition, or its work takes this long',
  };
}
