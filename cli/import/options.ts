import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DevicePath, isName } from '@loadcycle/contract';
import { isZone } from '@loadcycle/contract/moment';
import type { CsvSettings } from '@loadcycle/csv/file';
import type { TIME_FORMATS, TimeFormat } from '@loadcycle/csv/time';
import { runningSystem } from '@loadcycle/service/running-system';
import { connectionFromEnvironment } from '../connection.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../exit-codes.ts';
import type { BrokerAccess } from './delivery.ts';

export interface ImportOptions {
  readonly device: string;
  readonly columns: string;
  readonly timeColumn: string;
  readonly timeFormat: (typeof TIME_FORMATS)[number];
  readonly tz?: string;
  readonly delimiter?: string;
  readonly decimalComma?: boolean;
  readonly mqttUrl?: string;
  readonly credentials?: string;
  readonly mqttUsername?: string;
  readonly mqttPasswordFile?: string;
  readonly mqttCaFile?: string;
  readonly wait: boolean;
  readonly anyway?: boolean;
  readonly keep?: string | true;
  readonly timeout: string;
}

/** One column of the file, and the signal that it becomes. */
export interface ImportColumn {
  readonly column: string;
  readonly signal: string;
  readonly unit: string;
}

/** How a file is read, and what becomes of its columns. */
export interface ImportFile {
  readonly csv: CsvSettings;
  readonly columns: readonly ImportColumn[];
}

export function deviceOf(text: string): DevicePath {
  const [site = '', device = '', ...more] = text.split('/');
  if (isName(site) && isName(device) && more.length === 0) return { site, device };
  throw new UsageError(`--device: "${text}" is no device`, 'write it as site/device');
}

export function importFile(o: ImportOptions, file: string): ImportFile {
  if (o.delimiter !== undefined && o.delimiter !== '\\t' && [...o.delimiter].length !== 1) {
    throw new UsageError(`--delimiter: "${o.delimiter}" must be one character`);
  }
  if (o.tz !== undefined && !isZone(o.tz)) {
    throw new UsageError(`--tz: "${o.tz}" is no time zone`, 'an IANA name, such as Europe/Berlin');
  }
  const columns = o.columns.split(',').map(columnOf);
  const csv = {
    file,
    delimiter: o.delimiter === '\\t' ? '\t' : (o.delimiter ?? null),
    decimalComma: o.decimalComma === true,
    timeColumn: o.timeColumn,
    timeFormat: o.timeFormat === 'auto' ? null : (o.timeFormat as TimeFormat),
    zone: o.tz,
    columns: columns.map((c) => c.column),
  };
  return { csv, columns };
}

/** `COLUMN=SIGNAL:UNIT`, or `COLUMN:UNIT`. */
function columnOf(text: string): ImportColumn {
  const m = /^(?:(.+)=)?([^=:]+):([^:]+)$/.exec(text.trim());
  const signal = m?.[2]?.trim() ?? '';
  if (m === null || !isName(signal)) {
    throw new UsageError(`--columns: "${text}" is not COLUMN=SIGNAL:UNIT`, 'such as voltage=motor-voltage:V');
  }
  return { column: m[1]?.trim() ?? signal, signal, unit: m[3]!.trim() };
}

export function brokerOf(context: Context, o: ImportOptions, { site, device }: DevicePath): BrokerAccess {
  const running = runningSystem(context.options.dataDir ?? connectionFromEnvironment().dataDir ?? './data');
  const here = running === null ? 'mqtt://127.0.0.1:1883' : `mqtt://127.0.0.1:${running.mqttPort}`;
  const url = o.mqttUrl ?? process.env['LOADCYCLE_MQTT_URL'] ?? here;
  if (!/^mqtts?:\/\/[^/]+$/.test(url)) throw new UsageError(`--mqtt-url: "${url}" must be mqtt://HOST:PORT`);
  const usual = join('devices', `${site}.${device}`);
  const folder = o.credentials ?? (existsSync(usual) ? usual : null);
  if (o.mqttPasswordFile !== undefined || folder === null) {
    const password =
      o.mqttPasswordFile === undefined ? process.env['LOADCYCLE_MQTT_PASSWORD'] : read(o.mqttPasswordFile);
    const username = o.mqttUsername ?? (password === undefined ? undefined : `${site}/${device}`);
    return { url, username, password: password?.trim(), ca: o.mqttCaFile && read(o.mqttCaFile) };
  }
  return {
    url,
    username: read(join(folder, 'username')).trim(),
    password: read(join(folder, 'password')).trim(),
    ca: url.startsWith('mqtts:') ? read(o.mqttCaFile ?? join(folder, 'ca.crt')) : undefined,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
