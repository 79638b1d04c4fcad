import { setTimeout as delay } from 'node:timers/promises';
import { BAD, type Logger, UNCERTAIN } from '@loadcycle/contract';
import { ChunkEdges, edgeRow } from '@loadcycle/database/chunk-walk';
import { lateBefore, requestRefresh } from '@loadcycle/database/maintenance/aggregates';
import type { Database, Transaction } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import { type Health, runWorkerLoop } from '@loadcycle/service';
import { leadInUs, revalidateRows } from '../validation/revalidate.ts';
import type { Catalogue, KnownSignal } from '../work/catalogue.ts';
import { readRows } from '../work/stored-rows.ts';
import { recountHours } from './batch-hours.ts';

interface Job {
  id: number;
  signalId: number;
  fromUs: number;
  toUs: number;
  doneToUs: number | null;
}

/** Batches of the ledger that lie over a slice: $1 signal, $2 and $3 the slice's ends. */
const OVER_SLICE = `b.signal_id = $1 AND b.t0 <= ${ts('$3')} AND b.t_end >= ${ts('$2')}
  AND b.t0 >= ${ts('$2')} - INTERVAL '1 day'`;

/** Rows of one transaction: below what TimescaleDB unpacks of compressed rows in one statement. */
const SLICE = 20_000;
const IDLE_MS = 1_000;

export interface RevalidationOptions {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly health: Health;
  readonly log: Logger;
}

/**
 * Judges stored samples again by the limits of today, slice by slice: their quality, the ledger's counts, the
 * aggregates and the cycles that depend on them. Goes on where it was after a restart.
 */
export class Revalidation {
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  readonly #o: RevalidationOptions;

  constructor(options: RevalidationOptions) {
    this.#o = options;
    const { health, log } = options;
    this.#running = runWorkerLoop({
      name: 'revalidation',
      log,
      health,
      signal: this.#abort.signal,
      step: async () => {
        if (await this.#slice()) return;
        await delay(IDLE_MS, undefined, { signal: this.#abort.signal }).catch(() => {});
      },
    });
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /** False: nothing to do. */
  async #slice(): Promise<boolean> {
    const { database, catalogue } = this.#o;
    const [any] = await database.query(
      `SELECT 1 FROM revalidation WHERE state IN ('waiting', 'running') LIMIT 1`,
    );
    if (any === undefined) return false;
    await catalogue.refresh();
    return await database.transaction(async (tx) => {
      const [job] = await tx.query<Job>(
        `SELECT id, signal_id AS "signalId", ${us('from_ts')} AS "fromUs", ${us('to_ts')} AS "toUs", ${us('done_to')} AS "doneToUs"
         FROM revalidation WHERE state IN ('waiting', 'running') ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      const known = job === undefined ? undefined : catalogue.byId(job.signalId);
      if (job === undefined || known === undefined) return false;
      await this.#judge(tx, known, job);
      return true;
    });
  }

  async #judge(tx: Transaction, known: KnownSignal, job: Job): Promise<void> {
    const { definition } = known;
    const startUs = job.doneToUs === null ? job.fromUs : job.doneToUs + 1;
    const edges = await ChunkEdges.read(tx, 'sample', { fromUs: startUs, toUs: job.toUs });
    const toUs = edges.within(startUs, job.toUs);
    const [late] = await tx.query<{ before: number | null }>(`SELECT ${lateBefore('sample')} AS before`);
    const [cut] = await tx.query<{ end: number | null; more: boolean }>(
      `SELECT ${us('max(ts)')} AS end, count(*) > ${SLICE} AS more FROM (
         SELECT ts FROM sample WHERE signal_id = $1 AND ts >= ${ts('$2')} AND ts < ${ts('$3')} ORDER BY ts LIMIT ${SLICE} + 1) s`,
      [job.signalId, startUs, toUs],
    );
    if (cut!.end === null) {
      await this.#progress(tx, job, toUs - (toUs < job.toUs ? 1 : 0), 0, toUs >= job.toUs);
      return;
    }
    // where more follow, the last of them belongs to the next slice, with all of its instant
    const endUs = cut!.more ? cut!.end - 1 : cut!.end;
    const leadUs = await this.#leadFrom(tx, job.signalId, startUs, leadInUs(definition));
    const rows = await readRows(tx, job.signalId, leadUs, endUs);
    const { timesUs: t, quality: q } = rows;
    const from = t.findIndex((us) => us >= startUs);
    const { quality, changed } = revalidateRows(rows, definition, { from });
    if (changed.length > 0) {
      await tx.query(
        `UPDATE sample s SET quality = v.q
         FROM unnest($2::bigint[], $3::smallint[], $4::smallint[]) v(t, old, q)
         WHERE s.signal_id = $1 AND s.ts = ${ts('v.t')} AND s.quality = v.old AND s.ts >= ${ts('$5')} AND s.ts <= ${ts('$6')}`,
        [
          job.signalId,
          changed.map((i) => t[i]!),
          changed.map((i) => q[i]!),
          changed.map((i) => quality[i - from]!),
          startUs,
          endUs,
        ],
      );
    }
    await this.#recount(tx, known, startUs, endUs);
    if (changed.length > 0) {
      const window = { signalId: job.signalId, fromUs: startUs, toUs: endUs };
      await requestRefresh(tx, 'sample', [window], late!.before);
    }
    // only what became bad, or no longer is, changes a cycle
    const moved = changed.filter((i) => q[i]! >= BAD !== quality[i - from]! >= BAD);
    if (moved.length > 0) {
      await tx.query(
        `INSERT INTO repair (signal_id, from_ts, to_ts, reason) VALUES ($1, ${ts('$2')}, ${ts('$3')}, 'late')`,
        [job.signalId, t[moved[0]!]!, t[moved.at(-1)!]!],
      );
    }
    const whole = !cut!.more;
    const doneUs = whole && toUs < job.toUs ? toUs - 1 : endUs;
    await this.#progress(tx, job, doneUs, changed.length, whole && toUs >= job.toUs);
  }

  /** How far before the slice to read: the rules' own lead, and at least to the last row that is not bad. */
  async #leadFrom(tx: Transaction, signalId: number, startUs: number, leadUs: number): Promise<number> {
    const day = { fromUs: startUs - 86_400_000_000, toUs: startUs };
    const sought = { signalId, ...day, order: 'DESC', where: `quality < ${BAD}` } as const;
    return Math.min(startUs - leadUs, (await edgeRow(tx, 'sample', sought)) ?? startUs);
  }

  /**
   * The ledger's counts of the batches that lie in the slice, as far as it goes; the next slice does the rest. Batches of
   * several sessions may lie over each other: whose a row is, its place in the period tells. Where it does not (irregular
   * sampling, two samples of one instant), the counts stay as they are.
   */
  async #recount(tx: Transaction, known: KnownSignal, startUs: number, endUs: number): Promise<void> {
    const [span] = await tx.query<{ from: number | null; to: number | null }>(
      `SELECT ${us('min(b.t0)')} AS "from", ${us('max(b.t_end)')} AS "to" FROM batch b WHERE ${OVER_SLICE}`,
      [known.id, startUs, endUs],
    );
    if (span!.from === null) return;
    await tx.query(
      // the rows of one batch at a time, by the index; the constant bounds leave out the chunks beside them
      `UPDATE batch b SET good = c.good, uncertain = c.uncertain, bad = c.bad, definition_version = $4
       FROM (SELECT b.session, b.seq, b.t0, n.* FROM batch b CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE s.quality < ${UNCERTAIN}) AS good,
                      count(*) FILTER (WHERE s.quality >= ${UNCERTAIN} AND s.quality < ${BAD}) AS uncertain,
                      count(*) FILTER (WHERE s.quality >= ${BAD}) AS bad, count(*) AS n
               FROM sample s WHERE s.signal_id = $1 AND s.ts >= b.t0 AND s.ts <= b.t_end
                 AND s.ts >= ${ts('$5')} AND s.ts <= ${ts('$6')}
                 AND (b.period IS NULL OR (${us('s.ts')} - ${us('b.t0')}) % b.period = 0)) n
             WHERE ${OVER_SLICE}) c
       WHERE b.signal_id = $1 AND b.session = c.session AND b.seq = c.seq AND b.t0 = c.t0 AND b.count = c.n
         AND b.t0 >= ${ts('$5')} AND b.t0 <= ${ts('$6')}`,
      [known.id, startUs, endUs, known.version, span!.from, span!.to],
    );
    await recountHours(tx, known.id, { fromUs: span!.from, toUs: span!.to! });
  }

  async #progress(
    tx: Transaction,
    job: Job,
    doneToUs: number,
    changed: number,
    done: boolean,
  ): Promise<void> {
    await tx.query(
      `UPDATE revalidation SET state = $2, done_to = ${ts('$3')}, changed = changed + $4,
              finished_at = CASE WHEN $2 = 'done' THEN now() END WHERE id = $1`,
      [job.id, done ? 'done' : 'running', doneToUs, changed],
    );
  }
}
