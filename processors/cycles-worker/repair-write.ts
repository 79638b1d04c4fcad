import { lateBefore, requestRefresh } from '@loadcycle/database/maintenance/aggregates';
import type { Transaction } from '@loadcycle/database/port';
import type { TopicPartition } from '@loadcycle/event-log/port';
import type { CutCycle } from '../cycles/segmenter.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import { saveCheckpoints } from './checkpoints.ts';
import { compareCycles, deleteCycles, readCycles, writeCycles } from './cycle-rows.ts';
import { cycleEvent, removedEvent } from './events.ts';
import type { Outcome, RepairParts } from './repair-parts.ts';
import { dropProgress, markRepairs, type Progress, saveProgress } from './repair-rows.ts';
import { type Seam, seamOf } from './repair-seam.ts';
import type { Slice } from './repair-slice.ts';

/**
 * Puts the slice's cycles in the place of the old ones. `until`: the end of the range, all that follows (`end`), or
 * up to the last new onset (`open`: more slices follow).
 */
export async function writeSlice(
  p: RepairParts,
  tx: Transaction,
  slice: Slice,
  until: number | 'end' | 'open',
  at: TopicPartition | null,
  events: OutgoingRecord[],
): Promise<Outcome> {
  const { known, progress, segmenter, active } = slice;
  const { boundaryUs } = progress;
  const cycles = slice.cycles.filter((c) => c.startedAtUs > (boundaryUs ?? Number.NEGATIVE_INFINITY));
  const { kept, replaced, pending } = await standing(tx, known.id, cycles, boundaryUs, until);
  const upTo = kept.at(-1)?.startedAtUs ?? boundaryUs;
  const { write, remove } = compareCycles(known.id, progress.extra.version, replaced, kept);
  await deleteCycles(tx, known.id, remove);
  await writeCycles(tx, write);
  for (const us of remove) events.push(removedEvent(known.path, us));
  for (const row of write) events.push(cycleEvent(known, row.revision, row.cycle));
  const done = until !== 'open';
  // what was found in the cycles that were is found anew in those that are
  if (done) events.push(...(await p.anomalies.rescore(tx, known, scoredFrom(progress))));
  if (at !== null) await p.outgoing.write(tx, at, events);
  const [now] = await tx.query<{ lateBeforeUs: number | null }>(
    `SELECT ${lateBefore('cycle')} AS "lateBeforeUs"`,
  );
  const stale = [...remove, ...write.map((r) => r.cycle.startedAtUs)];
  await requestRefresh(
    tx,
    'cycle',
    stale.map((us) => ({ signalId: known.id, fromUs: us, toUs: us })),
    now!.lateBeforeUs,
  );
  await saveCheckpoints(tx, slice.checkpoints, true);
  const ids = active.map((r) => r.id);
  await markRepairs(tx, ids, done ? 'done' : 'running', {
    doneToUs: slice.doneToUs,
    changed: write.length + remove.length,
  });
  if (done) await dropProgress(tx, known.id);
  else {
    await saveProgress(tx, known.id, {
      ...progress,
      state: segmenter.snapshot(),
      doneToUs: slice.doneToUs,
      boundaryUs: upTo,
      extra: { ...progress.extra, checkpointUs: slice.checkpointUs, pending },
    });
  }
  p.counters.repaired(write.length, remove.length, done);
  return done ? 'done' : 'more';
}

/** Which of the new cycles are written now, and which old ones go for them. */
async function standing(
  tx: Transaction,
  signalId: number,
  cycles: readonly CutCycle[],
  boundaryUs: number | null,
  until: number | 'end' | 'open',
): Promise<Seam> {
  if (until === 'open') {
    const last = cycles.at(-1);
    if (last === undefined) return { kept: [], replaced: [], pending: [] };
    return seamOf(cycles, await readCycles(tx, signalId, boundaryUs, last.endedAtUs));
  }
  const toUs = until === 'end' ? null : until;
  const kept = toUs === null ? cycles : cycles.filter((c) => c.startedAtUs <= toUs);
  return { kept, replaced: await readCycles(tx, signalId, boundaryUs, toUs), pending: [] };
}

/** The first cycle that may be another one began before the late data did. */
const scoredFrom = ({ fromUs, extra }: Progress): number => Math.min(fromUs, extra.changedFromUs);
