import type { DecodedBatch } from '@loadcycle/codecs';
import { signalKey } from '@loadcycle/contract';
import { allows } from '../auth/principal.ts';
import { Decimator, type LivePoints } from './decimator.ts';
import type { LiveUnits } from './units.ts';

export const LIVE_EVENTS = ['samples', 'cycles', 'anomalies', 'status'] as const;
export type LiveEvent = (typeof LIVE_EVENTS)[number];

/** What a reader wants, and may have. */
export interface Wanted {
  readonly events: readonly LiveEvent[];
  /** `site/device/signal`; for cycles and anomalies null means all that the grants reach */
  readonly signals: readonly string[] | null;
  /** points a second of each signal */
  readonly rate: number;
  /** of samples; null: each in its signal's own */
  readonly unit: string | null;
  readonly grants: readonly string[];
}

/** Readers with the same key get the same bytes. */
export const wantedKey = (w: Wanted): string =>
  JSON.stringify([w.events, w.signals, w.rate, w.unit, w.grants]);

interface Channel {
  readonly unit: string;
  readonly decimator: Decimator;
  points: LivePoints;
  /** where the log stood at the record that the begun slot came from */
  held: { partition: string; offset: number } | null;
  fresh: boolean;
}

/** Turns what the log holds into the text of server-sent events for one way of wanting it. */
export class Subscription {
  readonly wanted: Wanted;
  readonly #units: LiveUnits;
  readonly #channels = new Map<string, Channel>();
  readonly #signals: ReadonlySet<string> | null;
  /** `site/device` of each signal */
  readonly #devices: ReadonlySet<string>;
  #text: string[] = [];

  constructor(wanted: Wanted, units: LiveUnits) {
    this.wanted = wanted;
    this.#units = units;
    this.#signals = wanted.signals === null ? null : new Set(wanted.signals);
    this.#devices = new Set(wanted.signals?.map((s) => s.slice(0, s.lastIndexOf('/'))));
  }

  wants(event: LiveEvent): boolean {
    return this.wanted.events.includes(event);
  }

  wantsSamplesOf(key: string): boolean {
    return this.#signals?.has(key) === true && this.wants('samples');
  }

  /** `device`: `site/device` */
  wantsSamplesOfDevice(device: string): boolean {
    return this.#devices.has(device) && this.wants('samples');
  }

  /** Could the status of some device of a site be wanted? */
  wantsStatusAt(site: string): boolean {
    if (!this.wants('status')) return false;
    return this.#signals === null || [...this.#devices].some((d) => d.startsWith(`${site}/`));
  }

  samples({ path, batch: sent }: DecodedBatch, partition: string, offset: number): void {
    const key = signalKey(path);
    if (!this.wantsSamplesOf(key)) return;
    const batch = this.#units.told(key, sent, this.wanted.unit);
    let channel = this.#channels.get(key);
    if (channel !== undefined && channel.unit !== batch.unit) {
      // points of two units stand in two events
      channel.decimator.flush(channel.points);
      this.#points(key, channel);
      channel = undefined;
    }
    if (channel === undefined) {
      const decimator = new Decimator(this.wanted.rate);
      channel = { unit: batch.unit, decimator, points: { t: [], v: [] }, held: null, fresh: true };
      this.#channels.set(key, channel);
    }
    const before = channel.points.t.length;
    channel.decimator.push(batch, channel.points);
    const moved = channel.points.t.length > before || channel.held === null;
    if (moved) channel.held = { partition, offset };
    channel.fresh = true;
  }

  /** A cycle or an anomaly of a signal. */
  ofSignal(event: 'cycles' | 'anomalies', site: string, device: string, signal: string, data: string): void {
    if (!this.wants(event)) return;
    const named = this.#signals === null || this.#signals.has(`${site}/${device}/${signal}`);
    if (named && allows(this.wanted.grants, site, device)) this.#event(event, data);
  }

  status(site: string, device: string, data: string): void {
    if (!this.wants('status')) return;
    const named = this.#signals === null || this.#devices.has(`${site}/${device}`);
    if (named && allows(this.wanted.grants, site, device)) this.#event('status', data);
  }

  gap(data: string): void {
    this.#event('gap', data);
  }

  /** Lets slots go on whose signal has been silent since the last call. */
  settle(): void {
    for (const channel of this.#channels.values()) {
      if (!channel.fresh && channel.decimator.holds) {
        channel.decimator.flush(channel.points);
        channel.held = null;
      }
      channel.fresh = false;
    }
  }

  /** The first offset of each partition that has not gone out in full. */
  *heldBack(): Generator<{ partition: string; offset: number }> {
    for (const { held, decimator } of this.#channels.values()) {
      if (held !== null && decimator.holds) yield held;
    }
  }

  /** The events since the last call, as text; '' where there are none. `id` is asked for only where there are. */
  take(id: () => string): string {
    for (const [signal, channel] of this.#channels) {
      this.#points(signal, channel);
    }
    if (this.#text.length === 0) return '';
    const text = `${this.#text.join('')}id: ${id()}\n\n`;
    this.#text = [];
    return text;
  }

  #points(signal: string, channel: Channel): void {
    if (channel.points.t.length === 0) return;
    this.#event('samples', JSON.stringify({ signal, unit: channel.unit, ...channel.points }));
    channel.points = { t: [], v: [] };
  }

  #event(event: string, data: string): void {
    this.#text.push(`event: ${event}\ndata: ${data}\n\n`);
  }
}
