import { type Settings, setting } from '@loadcycle/contract';
import { POISON_TRIES_HELP } from '../work/suspects.ts';

/** The cycles worker's own settings. */
export const cyclesSettings = {
  cyclesGather: setting.duration('how long to gather messages for one transaction', '100ms'),
  cyclesBytes: setting.integer('bytes of messages in one transaction at most', 1_000_000, 1_000, 64_000_000),
  cyclesInMemory: setting.integer('signals kept in memory; the others are read from the store', 5_000, 1),
  checkpointEvery: setting.duration('measurement time between states that a re-cut may start from', '10m'),
  repairQuiet: setting.duration('a re-cut waits until late data have stopped for so long', '2s'),
  repairPatience: setting.duration('… but for no longer than this', '60s'),
  repairSlice: setting.integer('samples of one step of a re-cut', 50_000, 100),
  repairLead: setting.duration('data before a range that a re-cut without a saved state learns from', '10m'),
  poisonTries: setting.integer(POISON_TRIES_HELP, 5, 1, 100),
  autoRegister: setting.flag('register unknown signals', true),
  maxFuture: setting.duration('samples later than this after their receipt are not believed', '1d'),
  horizon: setting.optional(
    'samples before this date are not believed, such as 2020-01-01T00:00:00Z',
    'DATE',
  ),
};
export type CyclesSettings = Settings<typeof cyclesSettings>;

export const CYCLES_DEFAULTS = Object.fromEntries(
  Object.entries(cyclesSettings).map(([name, s]) => [name, s.fallback]),
) as CyclesSettings;

/** The consumer's name in the store, and its group in the log. */
export const CYCLES = 'cycles';
