import { CYCLES_OFF } from '@loadcycle/contract';
import { type Conversion, inverse, SAME } from '@loadcycle/contract/units/conversion';
import { cycleSettingsUnit } from '@loadcycle/contract/units/definition-units';
import type { Transaction } from '@loadcycle/database/port';
import type { KnownSignal } from '../work/catalogue.ts';
import { partitionKey } from '../work/offsets.ts';
import { checkpointBefore, dropCheckpointsFrom } from './checkpoints.ts';
import { type OpenRepair, type Progress, readProgress } from './repair-rows.ts';
import { openSlice, type Slice } from './repair-slice.ts';
import { cuttingOf, readCutting, type SignalState, settingsOf } from './signal-state.ts';

/**
 * Where a re-cut starts. `repairLead`, µs: so much before a stretch is cut where there is no state to go on from, for
 * the levels to be known in it.
 */

/** The re-cut that is under way, widened by what has become ready; or a new one. Null: not yet. */
export async function beginRepair(
  tx: Transaction,
  repairLead: number,
  known: KnownSignal,
  open: readonly OpenRepair[],
  landed: ReadonlyMap<string, number>,
  live: SignalState | null,
  position: number | null,
): Promise<Slice | null> {
  let progress = await readProgress(tx, known.id);
  const running = open.filter((r) => r.state === 'running');
  const ranged = open.filter((r) => r.reason === 'reprocess');
  if (progress !== null && progress.toUs !== null) {
    const its = running.filter((r) => r.reason === 'reprocess');
    return openSlice(known, its, progress);
  }
  const ready = open.filter((r) => r.reason !== 'reprocess' && isReady(r, landed, position));
  const fresh = ready.filter((r) => r.state === 'waiting');
  if (progress === null && ready.length === 0) {
    const next = ranged[0];
    if (next === undefined) return null;
    progress = await beginRange(tx, repairLead, known, next, live);
    return openSlice(known, [next], progress);
  }
  let fromUs = Number.POSITIVE_INFINITY;
  for (const r of progress === null ? ready : fresh) fromUs = Math.min(fromUs, await fromOf(tx, known, r));
  if (progress === null || fromUs <= seenTo(progress)) {
    progress = await beginLive(tx, repairLead, known, fromUs, progress, live);
  }
  return openSlice(known, ready, progress);
}

/** Up to here samples have a part in the state: what is late for it is late for the re-cut. */
const seenTo = ({ doneToUs, extra }: Progress): number =>
  Math.max(doneToUs ?? Number.NEGATIVE_INFINITY, extra.learntToUs ?? Number.NEGATIVE_INFINITY);

/** Of a change of limits: from the first batch that was judged by the new ones. */
async function fromOf(tx: Transaction, known: KnownSignal, r: OpenRepair): Promise<number> {
  if (r.reason !== 'quality') return r.fromUs;
  const [row] = await tx.query<{ t0: number | null }>(
    `SELECT (extract(epoch from min(t0)) * 1000000)::bigint AS t0 FROM batch WHERE signal_id = $1 AND definition_version >= $2`,
    [known.id, known.version],
  );
  return Math.min(r.fromUs, row?.t0 ?? r.fromUs);
}

/** Up to the live cut: from the last state that was saved before what is asked for. */
async function beginLive(
  tx: Transaction,
  repairLead: number,
  known: KnownSignal,
  askedUs: number,
  before: Progress | null,
  live: SignalState | null,
): Promise<Progress> {
  // a signal that was off until now is cut by its definition
  const isCut = live !== null && readCutting(live.settings) !== CYCLES_OFF;
  const settings = isCut ? live.settings : JSON.stringify(settingsOf(known));
  const since = before?.extra.sinceUs ?? live?.sinceUs ?? null;
  const fromUs = Math.min(askedUs, before?.fromUs ?? askedUs);
  await dropCheckpointsFrom(tx, known.id, askedUs);
  const base = { fromUs, toUs: null };
  if (since !== null && askedUs <= since) {
    // from before the present settings: there is no state to go on from, so it learns from what lies before
    const start = askedUs - repairLead;
    const extra = {
      settings,
      sinceUs: start,
      version: known.version,
      checkpointUs: null,
      changedFromUs: askedUs,
    };
    return { ...base, state: null, doneToUs: start, boundaryUs: askedUs - 1, extra };
  }
  const version = known.version;
  const saved = await checkpointBefore(tx, known.id, askedUs, since, before?.fromUs ?? null);
  const changedFromUs = Math.min((saved?.boundaryUs ?? fromUs) + 1, before?.extra.changedFromUs ?? fromUs);
  const extra = { settings, sinceUs: since, version, checkpointUs: saved?.atUs ?? null, changedFromUs };
  if (saved === null) return { ...base, state: null, doneToUs: since, boundaryUs: since, extra };
  return { ...base, state: saved.state, doneToUs: saved.atUs, boundaryUs: saved.boundaryUs, extra };
}

/**
 * Of a range that somebody asked to cut again: with other settings from before it, so that levels are known in it; with those
 * that the live cut has, from where it was.
 */
async function beginRange(
  tx: Transaction,
  repairLead: number,
  known: KnownSignal,
  r: OpenRepair,
  live: SignalState | null,
): Promise<Progress> {
  const settings = r.settings ?? (await cyclesOfVersion(tx, known, r.settingsVersion));
  const extra = {
    settings: JSON.stringify(cuttingOf(settings)),
    sinceUs: null,
    version: r.settingsVersion ?? known.version,
    checkpointUs: null,
    changedFromUs: r.fromUs,
  };
  const same = live !== null && extra.settings === live.settings;
  if (same && (live.sinceUs === null || r.fromUs > live.sinceUs)) {
    // as it was cut in the first place, so that what has not changed comes out the same to the last bit
    const { sinceUs } = live;
    const saved = await checkpointBefore(tx, known.id, r.fromUs, sinceUs, null);
    const state = saved?.state ?? null;
    const doneToUs = saved?.atUs ?? sinceUs;
    return { fromUs: r.fromUs, toUs: r.toUs, state, doneToUs, boundaryUs: r.fromUs - 1, extra };
  }
  const doneToUs = r.fromUs - repairLead;
  return { fromUs: r.fromUs, toUs: r.toUs, state: null, doneToUs, boundaryUs: r.fromUs - 1, extra };
}

function isReady(r: OpenRepair, landed: ReadonlyMap<string, number>, position: number | null): boolean {
  if (r.topic === null || r.partition === null || r.offset === null) return true;
  const l = landed.get(partitionKey({ topic: r.topic, partition: r.partition })) ?? 0;
  return l > r.offset && (r.cyclesOffset === null || (position ?? 0) > r.cyclesOffset);
}

type Written = KnownSignal['definition']['cycles'];

async function cyclesOfVersion(
  tx: Transaction,
  known: KnownSignal,
  version: number | null,
): Promise<Written> {
  if (version === null) return known.definition.cycles;
  const [row] = await tx.query<{ cycles: Written; conversion: Conversion | null }>(
    `SELECT definition->'cycles' AS cycles, conversion FROM signal_version WHERE signal_id = $1 AND version = $2`,
    [known.id, version],
  );
  const cycles = row?.cycles ?? null;
  if (cycles === null || cycles === CYCLES_OFF) return cycles;
  return cycleSettingsUnit(cycles, inverse(row?.conversion ?? SAME));
}
