import { engineeringUnit, isControl, pathOf } from './names.ts';
import { type Metric, sparkplugInvalid } from './payload.ts';
import type { KeyedMetric } from './samples.ts';
import { type BornMetric, metricKey, NODE_LIMITS, type SparkplugState } from './state.ts';

export interface Born {
  readonly metrics: Record<string, BornMetric>;
  readonly aliases: Record<string, string>;
  /** the measurements among them, with their values */
  readonly values: KeyedMetric[];
}

/**
 * Reads the metrics of a birth, of the node itself or of one device, beside those that are born already.
 * Throws `sparkplug.invalid`: no name, a name or an alias twice, two names that would become one signal.
 */
export function readBirth(
  state: Pick<SparkplugState, 'metrics' | 'aliases'>,
  address: { readonly group: string; readonly node: string; readonly device: string | null },
  metrics: readonly Metric[],
): Born {
  const { group, node, device } = address;
  const born: Record<string, BornMetric> = { ...state.metrics };
  const aliases: Record<string, string> = { ...state.aliases };
  const values: KeyedMetric[] = [];
  const names = new Set<string>();
  const signals = new Set<string>();
  metrics.forEach((metric, i) => {
    const { name, alias } = metric;
    const pointer = `/metrics/${i}`;
    if (name === '') throw sparkplugInvalid(`${pointer}/name`, 'a metric of a birth has a name');
    if (names.has(name)) throw sparkplugInvalid(`${pointer}/name`, `"${name}" is born twice`);
    names.add(name);
    const key = metricKey(device, name);
    if (alias !== null) {
      if (Object.hasOwn(aliases, alias) && aliases[alias] !== key) {
        throw sparkplugInvalid(`${pointer}/alias`, `alias ${alias} stands for two metrics`);
      }
      aliases[alias] = key;
    }
    // controls keep their alias, so that a message which names them by it is understood
    born[key] = { datatype: metric.datatype, unit: engineeringUnit(metric.engUnit) };
    if (isControl(name)) return;
    const { signal } = pathOf(group, node, device, name);
    if (signals.has(signal))
      throw sparkplugInvalid(`${pointer}/name`, `"${name}" would share the signal ${signal}`);
    signals.add(signal);
    values.push({ metric, key, device, name, pointer });
  });
  const keys = Object.keys(born);
  if (keys.length > NODE_LIMITS.metrics) {
    throw sparkplugInvalid('/metrics', `an edge node has at most ${NODE_LIMITS.metrics} metrics`);
  }
  if (keys.reduce((n, key) => n + key.length, 0) > NODE_LIMITS.nameChars) {
    throw sparkplugInvalid(
      '/metrics',
      `the names of an edge node's metrics have at most ${NODE_LIMITS.nameChars} characters together`,
    );
  }
  return { metrics: born, aliases, values };
}

/** What is left when a device dies, or is about to be born again. */
export function withoutDevice(
  state: SparkplugState,
  device: string,
): Pick<SparkplugState, 'metrics' | 'aliases' | 'devices'> {
  const prefix = metricKey(device, '');
  const keep = ([key]: [string, unknown]) => !key.startsWith(prefix);
  return {
    devices: Object.fromEntries(Object.entries(state.devices).filter(([d]) => d !== device)),
    metrics: Object.fromEntries(Object.entries(state.metrics).filter(keep)),
    aliases: Object.fromEntries(Object.entries(state.aliases).filter(([, key]) => !key.startsWith(prefix))),
  };
}
