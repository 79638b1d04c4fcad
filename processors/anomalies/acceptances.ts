import type { CycleMetricName } from '@loadcycle/contract/cycle';
import { RULE_KINDS } from '@loadcycle/contract/rule-settings';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { Catalogue, KnownSignal } from '../work/catalogue.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import type { AnomalyBook } from './book.ts';
import type { Episode } from './episodes.ts';
import { inPartition, type PartitionParts } from './in-partition.ts';
import { anomalyRecord } from './record.ts';
import { NO_DATA } from './rows.ts';
import type { RuleBook } from './rules/book.ts';

/** Between two looks; somebody waits for it. */
const EVERY_MS = 1_000;
const AT_ONCE = 100;

type Accepted = Pick<Episode, 'kind' | 'sinceUs'> & {
  readonly metric: string | null;
  readonly id: number;
  readonly signalId: number;
  /** by the clock that the anomaly's times are of */
  readonly acceptedUs: number;
  readonly at: TopicPartition | null;
};

export interface AcceptanceParts extends PartitionParts {
  readonly catalogue: Catalogue;
  readonly anomalies: AnomalyBook;
  readonly rules: RuleBook;
}

/**
 * Carries out what people said of anomalies by the API: this is the new normal. The API writes it down; whoever has the signal's
 * partition closes the anomaly and learns anew, so that a detector has one writer.
 */
export class Acceptances {
  readonly #p: AcceptanceParts;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: AcceptanceParts) {
    this.#p = parts;
  }

  /** Between two groups. */
  async step(): Promise<void> {
    if (performance.now() - this.#askedAt < EVERY_MS) return;
    this.#askedAt = performance.now();
    for (const accepted of await readAccepted(this.#p.database)) {
      if (accepted.at === null || this.#p.position(accepted.at) === null) continue;
      await this.#carryOut(accepted, accepted.at);
    }
  }

  async #carryOut(accepted: Accepted, at: TopicPartition): Promise<void> {
    const { catalogue } = this.#p;
    if (catalogue.byId(accepted.signalId) === undefined) await catalogue.refresh();
    const known: KnownSignal | undefined = catalogue.byId(accepted.signalId);
    if (known === undefined) return;
    await inPartition(this.#p, at, async (tx) => [
      ...(await this.#learnAnew(tx, known, accepted)),
      ...(await closeAccepted(tx, known, accepted)),
    ]);
  }

  #learnAnew(tx: Queryable, known: KnownSignal, accepted: Accepted): Promise<OutgoingRecord[]> {
    const { kind, metric, sinceUs, acceptedUs } = accepted;
    if (kind === NO_DATA) return Promise.resolve([]);
    if (isRule(kind)) return this.#p.rules.accept(tx, known, metric ?? '', acceptedUs);
    const its = { kind, metric: metric as CycleMetricName | null, sinceUs };
    return this.#p.anomalies.accept(tx, known, its, acceptedUs);
  }
}

const isRule = (kind: string): boolean => (RULE_KINDS as readonly string[]).includes(kind);

const readAccepted = (db: Queryable): Promise<Accepted[]> =>
  db.query<Accepted>(
    `SELECT a.id, a.signal_id AS "signalId", a.kind, nullif(a.metric, '') AS metric, ${us('a.since')} AS "sinceUs",
            ${us(`CASE WHEN a.kind = '${NO_DATA}' THEN a.accepted_at ELSE coalesce(r.sample_at, a.accepted_at) END`)} AS "acceptedUs",
            s.extra->'at' AS at
     FROM anomaly a LEFT JOIN segmenter_state s ON s.signal_id = a.signal_id LEFT JOIN signal_arrival r ON r.signal_id = a.signal_id
     WHERE a.state = 'open' AND a.accepted_at IS NOT NULL ORDER BY a.id LIMIT ${AT_ONCE}`,
  );

/**
 * A silence is over, and not waited for until the signal is heard again; so is one that no detector remembers any more.
 * Returns what to tell of it.
 */
async function closeAccepted(
  tx: Queryable,
  known: KnownSignal,
  accepted: Accepted,
): Promise<OutgoingRecord[]> {
  const { id, kind, metric, sinceUs, acceptedUs } = accepted;
  if (kind === NO_DATA) {
    await tx.query('UPDATE signal_arrival SET live = false, present_from = NULL WHERE signal_id = $1', [
      known.id,
    ]);
  }
  const untilUs = Math.max(sinceUs, acceptedUs);
  const closed = await tx.query<{
    value: number | null;
    expected: number | null;
    score: number | null;
    reason: string | null;
  }>(
    `UPDATE anomaly SET state = 'closed', until = ${ts('$2')}, closed_reason = 'accepted', changed_at = now()
     WHERE id = $1 AND state = 'open' RETURNING value, expected, score, reason`,
    [id, untilUs],
  );
  return closed.map((row) =>
    anomalyRecord(known, { kind, metric, sinceUs, untilUs, closedReason: 'accepted', ...row }),
  );
}
