import type { Batch } from '@loadcycle/contract';
import type { DecodedBatch } from '../context.ts';
import { sessionOf } from '../identity.ts';
import { sortedBatch, type TimedSample } from '../sorted-batch.ts';
import { pathOf, wishOf } from './names.ts';
import { isSampleType, type Metric, numberOf } from './payload.ts';
import { NO_STREAM, type SparkplugState, type Stream } from './state.ts';

/** A metric of a message, with the key of the birth that it belongs to. */
export interface KeyedMetric {
  readonly metric: Metric;
  readonly key: string;
  readonly device: string | null;
  readonly name: string;
  readonly pointer: string;
}

export interface MessagePlace {
  readonly group: string;
  readonly node: string;
  readonly session: string;
  /** time of values that have none of their own, µs */
  readonly defaultUs: number;
  /** a birth: values that are not newer than what is known are no new samples, nor are those older than this */
  readonly birthFromUs: number | null;
}

export interface Sampled {
  readonly batches: DecodedBatch[];
  readonly streams: Record<string, Stream>;
  /** metrics whose values are no numbers */
  readonly ignored: number;
}

/** The samples of a message, one batch for each signal (and one more for its historical values). */
export function sampleMetrics(
  state: SparkplugState,
  place: MessagePlace,
  metrics: readonly KeyedMetric[],
): Sampled {
  const groups = new Map<string, { first: KeyedMetric; historical: boolean; of: KeyedMetric[] }>();
  let ignored = 0;
  for (const m of metrics) {
    const datatype = m.metric.datatype || state.metrics[m.key]!.datatype;
    if (!isSampleType(datatype) || m.metric.raw === undefined) {
      ignored++;
      continue;
    }
    const historical = m.metric.historical;
    const id = `${historical ? 'h' : 'l'}${m.key}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { first: m, historical, of: [m] });
    else group.of.push(m);
  }
  const batches: DecodedBatch[] = [];
  const streams: Record<string, Stream> = {};
  for (const { first, historical, of } of groups.values()) {
    const stream = streams[first.key] ?? state.streams[first.key] ?? NO_STREAM;
    const session = historical ? sessionOf(place.session, 'historical') : place.session;
    const counter = historical ? stream.historical : stream.live;
    const seq = counter.session === session ? counter.next : 0;
    const times = timed(state, place, of, historical ? -1 : stream.lastUs);
    if (times.length === 0) continue;
    const unit = state.metrics[first.key]!.unit;
    const batch: Batch = {
      session,
      seq,
      unit: unit ?? '1',
      ...(unit === null && { unitStated: false }),
      ...sortedBatch(times),
    };
    const named = [place.group, place.node, first.device, first.name] as const;
    batches.push({ path: pathOf(...named), wish: wishOf(...named), batch });
    const counted = { session, next: seq + 1 };
    streams[first.key] = historical
      ? { ...stream, historical: counted }
      : { ...stream, live: counted, lastUs: Math.max(stream.lastUs, times.at(-1)!.timeUs) };
  }
  return { batches, streams, ignored };
}

/**
 * Times of one signal's values. Sparkplug counts milliseconds: values of the same one keep their order by a
 * microsecond each, within a message and from one to the next.
 */
function timed(
  state: SparkplugState,
  place: MessagePlace,
  metrics: readonly KeyedMetric[],
  knownUs: number,
): TimedSample[] {
  const samples: TimedSample[] = [];
  for (const { metric, key, pointer } of metrics) {
    const timeUs = metric.timestampMs === null ? place.defaultUs : metric.timestampMs * 1000;
    if (place.birthFromUs !== null && (timeUs <= knownUs || timeUs < place.birthFromUs)) continue;
    const datatype = metric.datatype || state.metrics[key]!.datatype;
    samples.push({ timeUs, value: numberOf(metric.raw ?? null, datatype), pointer });
  }
  samples.sort((a, b) => a.timeUs - b.timeUs);
  let before = Math.floor(knownUs / 1000) === Math.floor((samples[0]?.timeUs ?? -1e3) / 1000) ? knownUs : -1;
  return samples.map((s) => {
    const timeUs = s.timeUs <= before && s.timeUs > before - 1000 ? before + 1 : s.timeUs;
    before = timeUs;
    return { ...s, timeUs };
  });
}
