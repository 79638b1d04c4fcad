import { join } from 'node:path';
import type { Logger } from '@loadcycle/contract';
import type { SourceSettingsInput } from '@loadcycle/contract/agent-settings';
import { type RunningAgent, startAgent } from '@loadcycle/edge-agent/agent';
import type { LocalSettings } from './settings.ts';

/** A motor that anybody can look at: 230 V, under load 40 V more, for one to three seconds of every two to five. */
const MOTOR = {
  base: 230,
  step: 40,
  periodS: { min: 2, max: 5 },
  duty: { min: 0.3, max: 0.7 },
  edge: { shape: 'ramp', riseS: 0.02, fallS: 0.03 },
  noise: { std: 1.2 },
} as const;

/** What the built-in device samples: the simulation, or the file that was asked for. */
export function deviceSources(s: LocalSettings, dataDir: string): SourceSettingsInput[] {
  if (s.replay !== null) {
    const column = { column: s.replayColumn, signal: s.signal, unit: s.unit };
    return [
      { kind: 'replay', file: s.replay, timeColumn: s.replayTimeColumn, shift: 'now', columns: [column] },
    ];
  }
  return [
    {
      kind: 'simulate',
      signal: s.signal,
      unit: s.unit,
      rateHz: s.rateHz,
      seed: s.seed,
      batchSize: Math.max(1, Math.min(10_000, Math.ceil(s.rateHz / 5))),
      waveform: MOTOR,
      truthFile: join(dataDir, 'agent', 'truth.ndjson'),
    },
  ];
}

/** The edge agent of this process, over real MQTT like any other. */
export function startDevice(
  s: LocalSettings,
  dataDir: string,
  mqtt: { url: string; username: string; password: string },
  log: Logger,
): Promise<RunningAgent> {
  return startAgent({
    site: s.site,
    device: s.deviceName,
    outboxDir: join(dataDir, 'agent'),
    mqtt,
    sources: deviceSources(s, dataDir),
    log,
  });
}
