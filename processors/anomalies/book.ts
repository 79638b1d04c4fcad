import { LOG_TOPICS, type SignalPath, signalKey } from '@loadcycle/contract';
import type { AnomalyEvent } from '@loadcycle/contract/anomaly-event';
import { type AnomalySettings, anomalySettings } from '@loadcycle/contract/anomaly-settings';
import type { Cycle } from '@loadcycle/contract/cycle';
import type { Queryable } from '@loadcycle/database/port';
import { latestCycles, latestCyclesOf, readCycles } from '../cycles-worker/cycle-rows.ts';
import type { KnownSignal } from '../work/catalogue.ts';
import type { OutgoingRecord } from '../work/outgoing.ts';
import type { Age } from './arrival.ts';
import { Detector, lookback, WINDOW } from './detector.ts';
import type { Episode } from './episodes.ts';
import {
  type FoundEpisode,
  liveFrom,
  nameOf,
  readStates,
  saveStates,
  scoredSince,
  withdraw,
  writeEpisodes,
} from './rows.ts';

interface Entry {
  readonly detector: Detector;
  /** of the definition that its settings are from */
  readonly version: number;
  saved: string;
}

/** What one signal's group of records means for its detector. */
export interface Observed {
  readonly known: KnownSignal;
  readonly cycles: readonly Cycle[];
  /** the newest sample, the last onset, and whether the signal is at its load level */
  readonly nowUs: number | null;
  readonly onsetUs: number | null;
  readonly atLoad: boolean;
  /** whether it tells of the present */
  readonly age: Age;
}

const KEPT = 20_000;

/**
 * The signals' detectors: in memory, as of the last commit; made again from the cycles in the store where they are
 * not. Works in the transaction of the cycles.
 */
export class AnomalyBook {
  readonly #entries = new Map<number, Entry>();

  evict(signalIds: Iterable<number>): void {
    for (const id of signalIds) this.#entries.delete(id);
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
    const states = new Map<number, string>();
    for (const { known, cycles, nowUs, onsetUs, atLoad, age } of observed) {
      const entry = this.#entries.get(known.id)!;
      const changed = cycles.flatMap((c) => entry.detector.push(c, age !== 'live'));
      if (nowUs !== null && age === 'live') changed.push(...entry.detector.watch(nowUs, onsetUs, atLoad));
      found.push(...changed.map((episode) => ({ signalId: known.id, episode, known })));
      const state = JSON.stringify(entry.detector.state());
      if (state === entry.saved) continue;
      entry.saved = state;
      states.set(known.id, state);
    }
    await writeEpisodes(tx, found);
    await saveStates(tx, states);
    return found
      .filter((f) => !f.episode.history)
      .map(({ known, episode }) => ({ known, record: anomalyRecord(known.path, episode) }));
  }

  async #load(tx: Queryable, signals: readonly KnownSignal[]): Promise<void> {
    const missing = signals.filter((k) => this.#entries.get(k.id)?.version !== k.version);
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
      const state = states.get(known.id);
      const detector = new Detector(settingsOf(known), histories.get(known.id), state);
      this.#entries.set(known.id, { detector, version: known.version, saved: JSON.stringify(state ?? {}) });
    }
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= Math.max(KEPT, signals.length)) break;
      this.#entries.delete(id);
    }
  }

  /**
   * Cycles from `fromUs` on have been cut again: what was found there is found anew. What is no longer found is withdrawn.
   */
  async rescore(tx: Queryable, known: KnownSignal, fromUs: number): Promise<OutgoingRecord[]> {
    this.#entries.delete(known.id);
    const settings = settingsOf(known);
    // twice the history: the first half to compare with, the second for the sums to settle
    const before = await latestCycles(tx, known.id, fromUs, lookback(settings) + WINDOW);
    const settle = before.slice(-WINDOW);
    const detector = new Detector(settings, before.slice(0, -WINDOW));
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
    const was = await scoredSince(tx, known.id, fromUs);
    const gone = was.filter((e) => !found.has(nameOf(known.id, e)) && !isWaiting(e));
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
    await saveStates(tx, new Map([[known.id, JSON.stringify({ ...state, episodes })]]));
    return [
      ...gone.filter(isTold).map((e) => anomalyRecord(known.path, e, 'withdrawn')),
      ...changed.filter(isTold).map((e) => anomalyRecord(known.path, e)),
    ];
  }
}

const PAGE = 5_000;

const isWaiting = (e: Episode): boolean => e.kind === 'missing-cycles' || e.kind === 'stuck-load';

const isTold = (e: Episode): boolean => !e.history;

const sameEpisode = (a: Episode | undefined, b: Episode): boolean =>
  a !== undefined &&
  (a.history || a.untilUs === b.untilUs) &&
  a.value === b.value &&
  a.expected === b.expected;

const settingsOf = (known: KnownSignal): AnomalySettings => anomalySettings(known.definition.anomalies ?? {});

export function anomalyRecord(
  path: SignalPath,
  e: Pick<
    AnomalyEvent,
    'kind' | 'metric' | 'sinceUs' | 'untilUs' | 'value' | 'expected' | 'score' | 'closedReason'
  >,
  state?: AnomalyEvent['state'],
): OutgoingRecord {
  const { kind, metric, sinceUs, untilUs, value, expected, score, closedReason } = e;
  const event: AnomalyEvent = {
    ...path,
    kind,
    metric,
    state: state ?? (untilUs === null ? 'open' : 'closed'),
    sinceUs,
    untilUs,
    closedReason: state === 'withdrawn' ? null : closedReason,
    value,
    expected,
    score,
  };
  return { topic: LOG_TOPICS.anomalies, key: signalKey(path), value: event };
}
