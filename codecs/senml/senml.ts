import { BATCH_LIMITS, type Batch, isName, LoadcycleError, type SignalPath } from '@loadcycle/contract';
import { legalName, sessionOf } from '../identity.ts';
import { type FormLimits, readJson } from '../json/strict-json.ts';
import { sortedBatch } from '../sorted-batch.ts';
import { type ResolvedRecord, resolvePack, senmlInvalid } from './records.ts';

/**
 * SenML (RFC 8428, JSON) → batches, one for each signal in the pack.
 *
 * A pack knows neither session nor seq: its session is made from topic and payload (and from the time of
 * reception where times are relative to it), its seq is 0. So the same pack delivered again is the same batch; but
 * with relative times the same readings taken again look no different from the same message sent again, and
 * count as new. A device that wants each sample exactly once sends absolute times.
 *
 * Names count from the topic's device: `voltage`, `motor-7:voltage`, `plant-1/motor-7/voltage`, or a URN whose last
 * part names the signal. The topic rules, since the broker checks who may publish there: a name that speaks of
 * another device is `message.topic-mismatch`. No name at all means the topic's signal.
 */
export function decodeSenml(
  payload: Uint8Array,
  topic: SignalPath,
  mqttTopic: string,
  receivedAtUs: number,
  limits: FormLimits = BATCH_LIMITS,
): { path: SignalPath; batch: Batch }[] {
  const { records, relative } = resolvePack(readJson(payload, limits), receivedAtUs);
  if (records.length > BATCH_LIMITS.values) {
    const message = `${records.length} values; the limit is ${BATCH_LIMITS.values}`;
    throw new LoadcycleError('message.too-many-values', message, { pointer: '' });
  }
  const session = sessionOf(mqttTopic, payload, relative ? String(receivedAtUs) : '');
  const bySignal = new Map<string, ResolvedRecord[]>();
  const signalOf = new Map<string, string>();
  for (const record of records) {
    let signal = signalOf.get(record.name);
    if (signal === undefined) {
      if (signalOf.size === BATCH_LIMITS.signals) {
        const message = `more than ${BATCH_LIMITS.signals} names in one pack: send several packs`;
        throw new LoadcycleError('message.too-many-signals', message, { pointer: `${record.pointer}/n` });
      }
      signalOf.set(record.name, (signal = resolveName(record, topic)));
    }
    const group = bySignal.get(signal);
    if (group === undefined) bySignal.set(signal, [record]);
    else {
      if (group[0]!.unit !== record.unit) {
        throw senmlInvalid(`${record.pointer}/u`, `${signal} has two units in one pack`);
      }
      group.push(record);
    }
  }
  return Array.from(bySignal, ([signal, group]) => ({
    path: { site: topic.site, device: topic.device, signal },
    batch: { session, seq: 0, unit: group[0]!.unit, ...sortedBatch(group) },
  }));
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;

function resolveName({ name, pointer }: ResolvedRecord, topic: SignalPath): string {
  if (name === '') return topic.signal;
  if (!NAME.test(name) || name.length > 1024) throw senmlInvalid(`${pointer}/n`, 'no name of SenML');
  const parts = name.split(/[:/]/);
  const signal = parts.pop()!;
  if (signal === '') throw senmlInvalid(`${pointer}/n`, 'the name ends without naming a signal');
  if (parts[0] !== 'urn') {
    const device = parts.pop() ?? topic.device;
    const site = parts.pop() ?? topic.site;
    if (device !== topic.device || site !== topic.site || parts.length > 0) {
      const what = `"${name.slice(0, 100)}" is no signal of ${topic.site}/${topic.device}`;
      throw new LoadcycleError('message.topic-mismatch', what, { pointer: `${pointer}/n` });
    }
  }
  return isName(signal) ? signal : legalName(signal);
}
