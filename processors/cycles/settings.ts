export {
  type CycleSettings,
  type CycleSettingsInput,
  CycleSettingsSchema,
  cycleSettings,
} from '@loadcycle/contract/cycle-settings';
