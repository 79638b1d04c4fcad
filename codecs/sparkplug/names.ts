import { isName, parseUnit, type SignalPath } from '@loadcycle/contract';
import { plainUnit, unitAlias } from '@loadcycle/contract/units/unit-names';
import { hashedName, legalName, readableName } from '../identity.ts';
import { senmlUnit } from '../senml/units.ts';

/** Metrics that steer a node or number its births: no measurements. */
export const isControl = (name: string): boolean =>
  name === 'bdSeq' || name.startsWith('Node Control/') || name.startsWith('Device Control/');

/**
 * Group → site, edge node (and the device behind it) → device, metric → signal. Legal names stay as they are, others
 * become readable ones with digits of their hash, so that no two ever share a name (by which they go then, see
 * work/sparkplug-names.ts):
 * `Plant A` / `gw1` / `press` / `Motor/Speed` → `plant-a-f0d4` / `gw1--press` / `motor-speed-5c07`.
 */
export function pathOf(group: string, node: string, device: string | null, metric: string): SignalPath {
  return { site: legalName(group), device: deviceName(node, device), signal: legalName(metric) };
}

/** The path as people would write it, without digits of a hash: {@link pathOf} where that leaves nothing, or is too long. */
export function wishOf(group: string, node: string, device: string | null, metric: string): SignalPath {
  const path = pathOf(group, node, device, metric);
  const [n, d] = [readableName(node), device === null ? null : readableName(device)];
  const joined = d === null ? n : `${n}--${d}`;
  const whole = isPlain(n) && (d === null || isPlain(d)) && isName(joined);
  return {
    site: readableName(group) || path.site,
    device: whole ? joined : path.device,
    signal: readableName(metric) || path.signal,
  };
}

const isPlain = (part: string): boolean => isName(part) && !part.includes('--') && !/^-|-$/.test(part);

export function deviceName(node: string, device: string | null): string {
  if (device === null) return isPlain(node) ? node : hashedName(node);
  const joined = `${node}--${device}`;
  return isPlain(node) && isPlain(device) && isName(joined) ? joined : hashedName(`${node}/${device}`);
}

/** UCUM code of an engineering unit; null where it is not understood, which is as if it had not been given. */
export function engineeringUnit(text: string | null): string | null {
  if (text === null) return null;
  const plain = plainUnit(text);
  const alias = unitAlias(plain);
  if (alias !== null) return alias;
  return plain === '' ? null : plain.length <= 32 && parseUnit(plain) !== null ? plain : senmlUnit(plain);
}
