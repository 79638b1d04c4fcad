import type { Queryable } from '@loadcycle/database/port';
import { ts } from '@loadcycle/database/sql';

/** A stretch that must be cut again, as the live cut meets it. */
export interface RepairRequest {
  readonly signalId: number;
  fromUs: number;
  toUs: number;
  readonly reason: 'late' | 'quality' | 'levels';
  readonly topic: string;
  readonly partition: number;
  /** landing must have passed this record … */
  offset: number;
  /** … and this consumer itself, where its own next records matter too */
  cyclesOffset: number | null;
}

/** The requests of one group, one for each signal and reason. */
export class Requests {
  readonly #requests = new Map<string, RepairRequest>();

  add(r: RepairRequest): void {
    const key = `${r.signalId}/${r.reason}`;
    const known = this.#requests.get(key);
    if (known === undefined) {
      this.#requests.set(key, { ...r });
      return;
    }
    known.fromUs = Math.min(known.fromUs, r.fromUs);
    known.toUs = Math.max(known.toUs, r.toUs);
    known.offset = Math.max(known.offset, r.offset);
    if (r.cyclesOffset !== null) known.cyclesOffset = Math.max(known.cyclesOffset ?? 0, r.cyclesOffset);
  }

  get size(): number {
    return this.#requests.size;
  }

  /** One that waits already for the same signal and reason is widened: a backlog of hours is one request. */
  async write(tx: Queryable): Promise<void> {
    if (this.#requests.size === 0) return;
    const all = [...this.#requests.values()];
    const params = [
      all.map((r) => r.signalId),
      all.map((r) => r.fromUs),
      all.map((r) => r.toUs),
      all.map((r) => r.reason),
      all.map((r) => r.topic),
      all.map((r) => r.partition),
      all.map((r) => r.offset),
      all.map((r) => r.cyclesOffset),
    ];
    await tx.query(
      `WITH v AS (
         SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::bigint[], $8::bigint[])
           v(id, f, t, reason, topic, partition, at, own)),
       widened AS (
         UPDATE repair r SET from_ts = least(r.from_ts, ${ts('v.f')}), to_ts = greatest(r.to_ts, ${ts('v.t')}),
                "offset" = greatest(r."offset", v.at), cycles_offset = greatest(r.cycles_offset, v.own), asked_at = now()
         FROM v WHERE r.signal_id = v.id AND r.reason = v.reason AND r.state = 'waiting'
           AND r.topic = v.topic AND r.partition = v.partition
         RETURNING r.signal_id, r.reason)
       INSERT INTO repair (signal_id, from_ts, to_ts, reason, topic, partition, "offset", cycles_offset)
       SELECT v.id, ${ts('v.f')}, ${ts('v.t')}, v.reason, v.topic, v.partition, v.at, v.own FROM v
       WHERE NOT EXISTS (SELECT FROM widened w WHERE w.signal_id = v.id AND w.reason = v.reason)`,
      params,
    );
  }
}
