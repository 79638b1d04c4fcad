import { LOG_TOPICS } from '@loadcycle/contract';
import type { Window } from '@loadcycle/database/chunk-walk';
import type { Queryable } from '@loadcycle/database/port';
import { ts, us } from '@loadcycle/database/sql';
import type { DeadBatch } from './dead.ts';
import { countIn, type SampleTimes } from './sample-times.ts';

/** Batches of one session that are nowhere: seq `fromSeq` to `toSeq`, between the times of their neighbours. */
export interface Hole {
  readonly session: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** µs since the epoch; where the session's first batches are missing, as far back as they reach at its period */
  readonly fromUs: number;
  readonly toUs: number;
  readonly samples: number;
  /** true: about so many, since the sampling is irregular or the session's beginning is missing */
  readonly estimated: boolean;
  /**
   * `log.replaced`: the event log was lost between the batches on either side (docs/decisions/0151): its records had
   * been receipted. Null: not known here.
   */
  readonly reason: 'log.replaced' | null;
}

/** When the samples of a hole would have been taken: one period behind the last that is there, and so on. */
export const timesOf = (h: Hole): SampleTimes => ({
  t0Us: h.fromUs,
  endUs: h.samples === 0 ? h.fromUs : h.fromUs + ((h.samples - 1) * (h.toUs - h.fromUs)) / h.samples,
  count: h.samples,
  period: h.samples === 0 ? 1 : (h.toUs - h.fromUs) / h.samples,
  offsets: null,
});

/** A batch beside a hole. */
interface Neighbour extends Omit<SampleTimes, 'offsets'> {
  readonly seq: number;
  /** null: it is in the dead letters */
  readonly landedUs: number | null;
}

/** Two batches of a session with none that landed between; null: the session begins, or ends as far as is known. */
interface Step {
  readonly session: string;
  readonly before: Neighbour | null;
  readonly after: Neighbour | null;
}

interface Chain {
  readonly session: string;
  readonly first: number;
  readonly last: number;
  readonly batches: number;
  /** hours in which its batches begin */
  readonly fromUs: number;
  readonly toUs: number;
}

const NIL = '00000000-0000-0000-0000-000000000000';
const HOUR_US = 3_600_000_000;
const NEIGHBOUR = (of: string): string =>
  `${of}.seq, ${us(`${of}.t0`)} AS "t0Us", ${us(`${of}.t_end`)} AS "endUs", ${of}.count, ${of}.period, ${us(`${of}.landed_at`)} AS "landedUs"`;

/**
 * Holes that reach into the range, in the order of time. From the ledger's sums by hour where they show that all batches
 * of a session are there; the ledger itself is read where some are missing, and at both ends.
 */
export async function findHoles(
  db: Queryable,
  signalId: number,
  range: Window,
  dead: readonly DeadBatch[],
): Promise<Hole[]> {
  const chains = Map.groupBy(await chainsOf(db, signalId, range), (c) => c.session);
  const bySession = Map.groupBy(dead, (d) => d.session);
  const steps: Step[] = [];
  for (const session of new Set([...chains.keys(), ...bySession.keys()])) {
    for (const step of await stepsOf(db, signalId, session, chains.get(session) ?? [])) steps.push(step);
  }
  const lost = await lostLogs(db);
  const holes = steps.flatMap((step) => holesOf(step, bySession.get(step.session) ?? [], lost));
  return holes
    .filter((h) => countIn(timesOf(h), range.fromUs, range.toUs) > 0)
    .sort((a, b) => a.fromUs - b.fromUs || a.fromSeq - b.fromSeq);
}

/** The sessions with batches in the range, those that reach into it, and the last one before it. */
async function chainsOf(db: Queryable, signalId: number, { fromUs, toUs }: Window): Promise<Chain[]> {
  const rows = await db.query<Chain>(
    `SELECT session, first_seq AS first, last_seq AS last, batches, ${us('hour')} AS "fromUs", ${us('hour')} + ${HOUR_US} AS "toUs"
     FROM batch_hour WHERE signal_id = $1 AND session <> '${NIL}' AND hour < ${ts('$3')}
       AND (ends >= ${ts('$2')} OR hour = (SELECT max(hour) FROM batch_hour
         WHERE signal_id = $1 AND session <> '${NIL}' AND hour <= ${ts('$2')})) ORDER BY session, first_seq`,
    [signalId, fromUs, toUs],
  );
  const firsts = await db.query<{ session: string; at: number }>(
    // of a session of which only its first batch has landed
    `SELECT b.session, ${us('b.t0')} AS at FROM batch b, (SELECT max(hour) AS hour FROM batch_hour
       WHERE signal_id = $1 AND session = '${NIL}' AND hour < ${ts('$2')}) h
     WHERE b.signal_id = $1 AND b.seq = 0 AND b.t0 >= h.hour AND b.t0 < h.hour + interval '1 hour' AND b.t0 < ${ts('$2')}
     ORDER BY b.t0 DESC LIMIT 8`,
    [signalId, toUs],
  );
  const known = new Set(rows.map((r) => r.session));
  const begun = firsts.filter((f) => !known.has(f.session));
  return [
    ...rows,
    ...begun.map(({ session, at }) => ({ session, first: 0, last: 0, batches: 1, fromUs: at, toUs: at + 1 })),
  ];
}

/** Where seq is not one more than before, and both ends of what is known. `chains` in the order of seq. */
async function stepsOf(
  db: Queryable,
  signalId: number,
  session: string,
  chains: readonly Chain[],
): Promise<Step[]> {
  // hours whose numbers lie in each other (a clock was set back) are looked at as one
  const runs: { first: number; last: number; batches: number; fromUs: number; toUs: number }[] = [];
  for (const { first, last, batches, fromUs, toUs } of chains) {
    const run = runs.at(-1);
    const whole = run !== undefined && run.batches === run.last - run.first + 1;
    const goesOn = run !== undefined && whole && first === run.last + 1 && batches === last - first + 1;
    if (run === undefined || (first > run.last && !goesOn)) {
      runs.push({ first, last, batches, fromUs, toUs });
      continue;
    }
    run.last = Math.max(run.last, last);
    run.batches += batches;
    run.fromUs = Math.min(run.fromUs, fromUs);
    run.toUs = Math.max(run.toUs, toUs);
  }
  const steps: Step[] = [];
  for (const run of runs.filter((r) => r.batches < r.last - r.first + 1)) {
    const rows = await db.query<Neighbour & { before: number }>(
      `SELECT * FROM (SELECT ${NEIGHBOUR('b')}, lag(seq) OVER (ORDER BY seq) AS before FROM batch b
         WHERE signal_id = $1 AND session = $2 AND seq BETWEEN $3 AND $4 AND t0 >= ${ts('$5')} AND t0 < ${ts('$6')}) s
       WHERE seq - before > 1 ORDER BY seq`,
      [signalId, session, run.first, run.last, run.fromUs, run.toUs],
    );
    for (const { before, ...after } of rows) {
      steps.push({ session, before: await neighbour(db, signalId, session, '<=', before), after });
    }
  }
  if (runs.length === 0) return [await stepAround(db, signalId, session, null)];
  // between the runs, before the first, and behind the last
  for (const [i, run] of runs.entries()) {
    if (i === 0 && run.first > 0) steps.push(await stepAround(db, signalId, session, run.first));
    const next = runs[i + 1];
    if (next !== undefined && next.first === run.last + 1) continue;
    steps.push({
      session,
      before: await neighbour(db, signalId, session, '<=', run.last),
      after: await neighbour(db, signalId, session, '>', run.last),
    });
  }
  return steps;
}

async function stepAround(
  db: Queryable,
  signalId: number,
  session: string,
  seq: number | null,
): Promise<Step> {
  if (seq === null) {
    // nothing of it has landed, unless far from here
    return { session, before: await neighbour(db, signalId, session, '>=', 0), after: null };
  }
  return {
    session,
    before: await neighbour(db, signalId, session, '<', seq),
    after: await neighbour(db, signalId, session, '>=', seq),
  };
}

async function neighbour(
  db: Queryable,
  signalId: number,
  session: string,
  side: '<' | '<=' | '>' | '>=',
  seq: number,
): Promise<Neighbour | null> {
  const order = side.startsWith('<') ? 'DESC' : 'ASC';
  const [row] = await db.query<Neighbour>(
    `SELECT ${NEIGHBOUR('b')} FROM batch b WHERE signal_id = $1 AND session = $2 AND seq ${side} $3 ORDER BY seq ${order} LIMIT 1`,
    [signalId, session, seq],
  );
  return row ?? null;
}

/** When logs of samples were noticed to be lost, µs. */
async function lostLogs(db: Queryable): Promise<number[]> {
  const rows = await db.query<{ at: number }>(
    `SELECT ${us('noticed_at')} AS at FROM log_replacement WHERE topic = '${LOG_TOPICS.samples}'`,
  );
  return rows.map((r) => r.at);
}

/** The holes of a step: what of it is not in the dead letters either. */
function holesOf(
  { session, before, after }: Step,
  dead: readonly DeadBatch[],
  lost: readonly number[],
): Hole[] {
  // a dead batch with a time that cannot be right says nothing of where the hole is
  const between = dead.filter(
    (d) =>
      d.seq > (before?.seq ?? -1) &&
      d.seq < (after?.seq ?? Number.POSITIVE_INFINITY) &&
      d.t0Us > (before?.endUs ?? Number.NEGATIVE_INFINITY) &&
      d.endUs < (after?.t0Us ?? Number.POSITIVE_INFINITY),
  );
  const known: (Neighbour | null)[] = [before];
  for (const d of between.toSorted((a, b) => a.seq - b.seq)) {
    const last = known.at(-1);
    if (last === null || last === undefined || (d.seq > last.seq && d.t0Us > last.endUs))
      known.push({ ...d, landedUs: null });
  }
  if (after !== null) known.push(after);
  const holes: Hole[] = [];
  for (const [i, next] of known.entries()) {
    if (i === 0 || next === null) continue;
    const last = known[i - 1] ?? null;
    if (next.seq - (last?.seq ?? -1) < 2) continue;
    // both ends were there before the log was lost, or after
    const replaced = lost.some(
      (at) => after?.landedUs != null && at <= after.landedUs && at > (before?.landedUs ?? after.t0Us),
    );
    holes.push(holeBetween(session, last, next, replaced ? 'log.replaced' : null));
  }
  return holes;
}

function holeBetween(
  session: string,
  before: Neighbour | null,
  after: Neighbour,
  reason: Hole['reason'],
): Hole {
  const { period, count, t0Us: toUs } = after;
  const step = period ?? (count > 1 ? (after.endUs - toUs) / (count - 1) : 0);
  const seqs = { session, fromSeq: (before?.seq ?? -1) + 1, toSeq: after.seq - 1, reason };
  if (before === null) {
    // nothing of the session's beginning is there: as many samples as in the batch that came
    const samples = (seqs.toSeq - seqs.fromSeq + 1) * count;
    return { ...seqs, fromUs: Math.round(toUs - samples * step), toUs, samples, estimated: true };
  }
  const fromUs = Math.min(before.endUs + Math.round(step), toUs);
  const samples =
    step > 0 ? Math.max(0, Math.round((toUs - before.endUs) / step) - 1) : seqs.toSeq - seqs.fromSeq + 1;
  return { ...seqs, fromUs, toUs, samples, estimated: period === null };
}
