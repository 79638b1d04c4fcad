import { LoadcycleError } from '@loadcycle/contract';
import { storeError } from '../errors.ts';
import type { Database } from '../port.ts';
import type { MaintenanceStatus } from './status.ts';

interface JobRow {
  readonly job: number;
  readonly name: string;
  readonly scheduled: boolean;
  readonly lastSuccessMs: number | null;
  readonly lastRunMs: number | null;
  readonly failed: boolean;
  /** how long its next run is overdue, ms; null: it runs, or has no next run */
  readonly overdueMs: number | null;
  readonly code: string | null;
  readonly message: string | null;
}

/** A job that should have begun so long ago does not run: no background worker is left for it. */
const OVERDUE_MS = 15 * 60_000;

/**
 * Reports how the jobs of a server's policies went (refresh, compression), as TimescaleDB tells it in
 * `timescaledb_information.job_stats` and `job_errors`: they run in the server, where nobody sees them fail. The caller
 * must own them.
 */
export class ServerJobs {
  readonly #db: Database;
  readonly #status: MaintenanceStatus;
  #known = new Set<string>();

  constructor(db: Database, status: MaintenanceStatus) {
    this.#db = db;
    this.#status = status;
  }

  async look(): Promise<void> {
    const rows = await this.#db.query<JobRow>(JOBS);
    for (const row of rows) {
      const failure = failureOf(row);
      if (failure !== null) this.#status.failed(row.name, failure.error, failure.atMs, row.lastSuccessMs);
      else if (row.lastSuccessMs !== null) this.#status.succeeded(row.name, row.lastSuccessMs);
    }
    const names = new Set(rows.map((r) => r.name));
    for (const name of this.#known) if (!names.has(name)) this.#status.forget(name);
    this.#known = names;
  }
}

/** What is wrong with a job, and when it went wrong: a run that failed is told at each look and counts once. */
function failureOf(row: JobRow): { error: Error; atMs: number } | null {
  if (!row.scheduled) {
    const hint = 'run deploy/migrate.ts, which sets the policies';
    const error = new LoadcycleError('store.schema', `job ${row.job} is switched off`, { hint });
    return { error, atMs: Date.now() };
  }
  if (row.failed) {
    const { code, message } = row;
    const error = storeError({ code: code ?? undefined, message: message ?? `job ${row.job} failed` });
    return { error, atMs: row.lastRunMs ?? Date.now() };
  }
  if (row.overdueMs !== null && row.overdueMs > OVERDUE_MS) {
    const late = `job ${row.job} should have begun ${Math.round(row.overdueMs / 60_000)} minutes ago`;
    const hint =
      'no background worker is left: raise timescaledb.max_background_workers and max_worker_processes';
    return { error: new LoadcycleError('store.timeout', late, { hint }), atMs: Date.now() };
  }
  return null;
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const JOBS = `
  SELECT j.job_id AS job, j.scheduled,
    CASE j.proc_name WHEN 'policy_refresh_continuous_aggregate' THEN 'refresh'
      WHEN 'policy_retention' THEN 'retention' ELSE 'compression' END
      || ' of ' || coalesce(a.view_name, j.hypertable_name) AS name,
    CASE WHEN isfinite(s.last_successful_finish) THEN ${ms('s.last_successful_finish')} END AS "lastSuccessMs",
    CASE WHEN isfinite(s.last_run_started_at) THEN ${ms('s.last_run_started_at')} END AS "lastRunMs",
    coalesce(s.last_run_status = 'Failed', false) AS failed,
    CASE WHEN s.job_status <> 'Running' AND isfinite(s.next_start) THEN ${ms('now()')} - ${ms('s.next_start')} END AS "overdueMs",
    e.sqlerrcode AS code, e.err_message AS message
  FROM timescaledb_information.jobs j
  LEFT JOIN timescaledb_information.job_stats s ON s.job_id = j.job_id
  LEFT JOIN timescaledb_information.continuous_aggregates a
    ON a.materialization_hypertable_schema = j.hypertable_schema AND a.materialization_hypertable_name = j.hypertable_name
  LEFT JOIN LATERAL (
    SELECT sqlerrcode, err_message FROM timescaledb_information.job_errors e
    WHERE e.job_id = j.job_id ORDER BY e.finish_time DESC LIMIT 1) e ON true
  WHERE j.proc_name IN ('policy_refresh_continuous_aggregate', 'policy_compression', 'policy_retention')`;
