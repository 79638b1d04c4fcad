import { CYCLES_OFF } from '@loadcycle/contract';
import { type AnomalySettings, anomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle } from '@loadcycle/contract/cycle';
import type { Queryable } from '@loadcycle/database/port';
import { latestCycles, latestCyclesOf, readCycles } from '../cycles-worker/cycle-rows.ts';
import type { KnownSignal } from '../work/catalogue.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import { Detector, lookback, WINDOW } from './detector.ts';
import type { Episode } from './episodes.ts';
import { Kept, type Saved, textToSave } from './kept.ts';
import { anomalyRecord } from './record.ts';
import {
  type DetectorText,
  type FoundEpisode,
  liveFrom,
  nameOf,
  readStates,
  saveStates,
  scoredSince,
  settledTo,
  withdraw,
  writeEpisodes,
} from './rows.ts';

interface Entry extends Saved {
  readonly detector: Detector;
  /** of the definition that its settings are from */
  readonly version: number;
  /** JSON of what the definition says of anomalies, and whether that is something else than before */
  readonly definition: string;
  redefined: boolean;
}

/** What one signal's group of records means for its detector. */
export interface Observed {
  readonly known: KnownSignal;
  readonly cycles: readonly Cycle[];
  /** the newest sample, the last onset, and whether the signal is at its load level */
  readonly nowUs: number | null;
  readonly onsetUs: number | null;
  readonly atLoad: boolean;
  /** what was measured from here on tells of the present; null: all of it is history */
  readonly presentFromUs: number | null;
}

/**
 * The signals' detectors: in memory, as of the last commit; made again from the cycles in the store where they are
 * not. Works in the transaction of the cycles.
 */
export class AnomalyBook {
  readonly #entries = new Kept<Entry>();

  evict(signalIds: Iterable<number>): void {
    this.#entries.evict(signalIds);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** `observed` before its cycles are written. Returns what to tell. */
  async observe(
    tx: Queryable,
    observed: readonly Observed[],
  ): Promise<{ known: KnownSignal; record: OutgoingRecord }[]> {
    await this.#load(
      tx,
      observed.map((o) => o.known),
    );
    const found: (FoundEpisode & { known: KnownSignal })[] = [];
    const states = new Map<number, DetectorText>();
    for (const { known, cycles, nowUs, onsetUs, atLoad, presentFromUs } of observed) {
      const entry = this.#entries.get(known.id)!;
      const changed: Episode[] = [];
      if (entry.redefined) {
        entry.redefined = false;
        changed.push(...entry.detector.endAll(cycles[0]?.startedAtUs ?? nowUs ?? 0, 'definition'));
      }
      const fromUs = presentFromUs ?? Number.POSITIVE_INFINITY;
      for (const c of cycles) changed.push(...entry.detector.push(c, c.endedAtUs < fromUs));
      if (nowUs !== null && presentFromUs !== null)
        changed.push(...entry.detector.watch(nowUs, onsetUs, atLoad));
      found.push(...changed.map((episode) => ({ signalId: known.id, episode, known })));
      const text = textOf(entry);
      if (text !== null) states.set(known.id, text);
    }
    await writeEpisodes(tx, found);
    await saveStates(tx, states);
    return found
      .filter((f) => !f.episode.history)
      .map(({ known, episode }) => ({ known, record: anomalyRecord(known, episode) }));
  }

  async #load(tx: Queryable, signals: readonly KnownSignal[]): Promise<void> {
    const missing = this.#entries.missing(signals);
    if (missing.length === 0) return;
    const states = await readStates(
      tx,
      missing.map((k) => k.id),
    );
    const histories = await latestCyclesOf(
      tx,
      missing.map((k) => ({ signalId: k.id, count: lookback(settingsOf(k)) })),
    );
    for (const known of missing) {
      const { state, baseline } = states.get(known.id) ?? { state: {}, baseline: {} };
      const settings = settingsOf(known);
      const detector = new Detector(settings, histories.get(known.id), state, baseline);
      this.#entries.set(known.id, {
        ...{ detector, version: known.version, saved: '', savedBaseline: detector.baselineChanges },
        definition: definitionOf(known),
        redefined: state.definition !== undefined && state.definition !== definitionOf(known),
      });
    }
    this.#entries.trim(signals.length);
  }

  /**
   * Cycles from `cutFromUs` on have been cut again: what was found there is found anew. What is no longer found is withdrawn.
   */
  async rescore(tx: Queryable, known: KnownSignal, cutFromUs: number): Promise<OutgoingRecord[]> {
    this.#entries.evict([known.id]);
    const settledUs = (await settledTo(tx, known.id)) ?? Number.NEGATIVE_INFINITY;
    const fromUs = Math.max(cutFromUs, settledUs);
    const settings = settingsOf(known);
    // twice the history: the first half to compare with, the second for the sums to settle
    const before = await latestCycles(tx, known.id, fromUs, lookback(settings) + WINDOW);
    const settle = before.slice(-WINDOW).filter((c) => c.startedAtUs >= settledUs);
    const was = (await scoredSince(tx, known.id, fromUs)).filter((e) => !isSettled(e));
    // what began before all that is looked at goes on until a cycle says otherwise
    const settleUs = settle[0]?.startedAtUs ?? fromUs;
    const lasting = was.filter((e) => e.sinceUs < settleUs && !isWaiting(e));
    const stored = (await readStates(tx, [known.id])).get(known.id);
    const carried = lasting.map((e) => carry(e, stored?.state.episodes ?? []));
    const detector = new Detector(
      settings,
      before.slice(0, -WINDOW),
      { steps: stored?.state.steps ?? {}, episodes: carried },
      stored?.baseline ?? {},
    );
    const liveFromUs = await liveFrom(tx, known.id, settings);
    const push = (cycle: Cycle): Episode[] => detector.push(cycle, cycle.endedAtUs < liveFromUs);
    const found = new Map<string, Episode>();
    const note = (episodes: readonly Episode[]): void => {
      for (const e of episodes) found.set(nameOf(known.id, e), e);
    };
    for (const cycle of settle) note(push(cycle));
    for (let afterUs = fromUs - 1; ; ) {
      const page = (await readCycles(tx, known.id, afterUs, null, PAGE)).map((c) => c.cycle);
      for (const cycle of page) note(push(cycle));
      if (page.length < PAGE) break;
      afterUs = page.at(-1)!.startedAtUs;
    }
    const open = [...found.values()].filter((e) => e.untilUs === null || e.untilUs >= fromUs);
    const gone = was.filter((e) => !found.has(nameOf(known.id, e)) && !isWaiting(e) && !lasting.includes(e));
    const earlier = new Map(was.map((e) => [nameOf(known.id, e), e]));
    const changed = open.flatMap((e) => {
      const before = earlier.get(nameOf(known.id, e));
      // what somebody was told of stays what it was; what they were not is none of theirs now
      const now = before === undefined ? e : { ...e, history: before.history };
      return sameEpisode(before, now) ? [] : [now];
    });
    await writeEpisodes(
      tx,
      changed.map((episode) => ({ signalId: known.id, episode })),
    );
    await withdraw(tx, known.id, gone);
    // what waits for a cycle goes on waiting
    const waiting = was.filter((e) => isWaiting(e) && e.untilUs === null);
    const state = detector.state();
    const episodes = [...(state.episodes ?? []), ...waiting];
    const baseline = JSON.stringify(detector.baseline());
    await saveStates(
      tx,
      new Map([
        [
          known.id,
          { state: JSON.stringify({ ...state, episodes, definition: definitionOf(known) }), baseline },
        ],
      ]),
    );
    return [
      ...gone.filter(isTold).map((e) => anomalyRecord(known, e, 'withdrawn')),
      ...changed.filter(isTold).map((e) => anomalyRecord(known, e)),
    ];
  }

  /**
   * An open anomaly is the new normal, by somebody's word: it is over, and what is usual is learnt anew from the cycles
   * since it began. Returns what to tell.
   */
  async accept(
    tx: Queryable,
    known: KnownSignal,
    { kind, metric, sinceUs }: Pick<Episode, 'kind' | 'metric' | 'sinceUs'>,
    atUs: number,
  ): Promise<OutgoingRecord[]> {
    this.#entries.evict([known.id]);
    await this.#load(tx, [known]);
    const entry = this.#entries.get(known.id)!;
    const cycles = (await latestCycles(tx, known.id, null, WINDOW)).filter((c) => c.startedAtUs >= sinceUs);
    const ended = entry.detector.accept(kind, metric, atUs, cycles);
    await writeEpisodes(
      tx,
      ended.map((episode) => ({ signalId: known.id, episode })),
    );
    const text = textOf(entry);
    if (text !== null) await saveStates(tx, new Map([[known.id, text]]));
    this.#entries.evict([known.id]);
    return ended.map((e) => anomalyRecord(known, e));
  }
}

/** Null where all stands in the store as it is. */
function textOf(entry: Entry): DetectorText | null {
  const { detector } = entry;
  const state = JSON.stringify({ ...detector.state(), definition: entry.definition });
  const { baselineChanges } = detector;
  return textToSave(entry, state, { baselineChanges, baseline: () => detector.baseline() });
}

/** An anomaly as it was before the stretch that is looked at again: open, with what is remembered of it. */
function carry(e: Episode, remembered: readonly Episode[]): Episode {
  const same = remembered.find((r) => r.kind === e.kind && r.metric === e.metric && r.sinceUs === e.sinceUs);
  return { ...e, pause: same?.pause ?? 0, misses: 0, untilUs: null, closedReason: null, open: true };
}

const PAGE = 5_000;

const isWaiting = (e: Episode): boolean => e.kind === 'missing-cycles' || e.kind === 'stuck-load';

const isSettled = (e: Episode): boolean => e.closedReason === 'accepted' || e.closedReason === 'definition';

const isTold = (e: Episode): boolean => !e.history;

const sameEpisode = (a: Episode | undefined, b: Episode): boolean =>
  a !== undefined &&
  (a.history || a.untilUs === b.untilUs) &&
  a.value === b.value &&
  a.expected === b.expected;

/** Where cycles are switched off, what was found in them is over. */
const definitionOf = ({ definition: { anomalies = {}, cycles } }: KnownSignal): string =>
  JSON.stringify(cycles === CYCLES_OFF ? { ...anomalies, cycles } : anomalies);

const settingsOf = (known: KnownSignal): AnomalySettings => anomalySettings(known.definition.anomalies ?? {});
