import type { Transaction } from '@loadcycle/database/port';
import type { TopicPartition } from '@loadcycle/event-log/port';
import { LANDING } from '../landing/settings.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import { adoptCheckpoints } from './checkpoints.ts';
import { readGap } from './log-gap.ts';
import type { Outcome, RepairParts } from './repair-parts.ts';
import { beginAgain, cutInto, type Slice } from './repair-slice.ts';
import { writeSlice } from './repair-write.ts';
import { CYCLES } from './settings.ts';
import type { SignalState } from './signal-state.ts';
import { saveStates } from './state-store.ts';

/**
 * The re-cut has come to the newest row. Where landing is behind this consumer, what it has not landed yet comes
 * from the log itself; then the live cut goes on from here.
 */
export async function handOver(
  p: RepairParts,
  tx: Transaction,
  slice: Slice,
  live: SignalState,
  at: TopicPartition,
  landed: number,
  position: number,
  events: OutgoingRecord[],
): Promise<Outcome> {
  const { known, segmenter, progress } = slice;
  const { eventLog, context, catalogue } = p;
  const [from, to] = landed < position ? [landed, position] : [position, landed];
  const gap = await readGap(
    { tx, eventLog, context, catalogue },
    known,
    at,
    from,
    to,
    landed < position ? LANDING : CYCLES,
  );
  // one of the two is far behind: come back when it has caught up
  if (gap === null)
    return slice.cycles.length > 0 ? await writeSlice(p, tx, slice, 'open', at, events) : 'waits';
  for (const b of gap) {
    if (landed >= position) {
      // in the store already, and cut with this slice; one that landed behind an earlier slice was passed over, and
      // is late for the live cut when it comes there
      if (b.t0Us > (progress.doneToUs ?? Number.NEGATIVE_INFINITY)) live.seen.add(b.session, b.seq);
    }
    // late ones among them have asked for a re-cut of their own
    else if (slice.doneToUs === null || b.t0Us > slice.doneToUs)
      cutInto(slice, [b.chunk], p.settings.checkpointEvery);
  }
  if (slice.owed !== null) return await writeSlice(p, tx, beginAgain(slice, slice.owed), 'open', at, events);
  live.segmenter = segmenter;
  live.boundaryUs = slice.boundaryUs;
  live.sinceUs = progress.extra.sinceUs;
  live.checkpointUs = slice.checkpointUs;
  await saveStates(tx, new Map([[known.id, live]]));
  const outcome = await writeSlice(p, tx, slice, 'end', at, events);
  await adoptCheckpoints(tx, known.id, progress.fromUs);
  return outcome;
}
