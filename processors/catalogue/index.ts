/**
 * The catalogue: which signals there are and what is expected of them.
 *
 * What always holds: a definition is valid when it is written (`contract/signal.ts`), every change is a version
 * with who made it, a signal with data changes its unit by a correction alone, which no stored number follows, and applying the same file again changes nothing.
 * It is kept in `site`, `device`, `signal` and `signal_version`. Reading YAML (`yaml.ts`, `entry.ts`) and taking
 * differences (`diff.ts`) is pure; `store.ts` reads it from the store, `apply.ts` changes it, one transaction for a whole file.
 */
export { type AppliedCatalogue, type ApplyOptions, applyCatalogue } from './apply.ts';
export { correctUnit, type UnitCorrection } from './correct-unit.ts';
export * from './diff.ts';
export * from './entry.ts';
export {
  type Correction,
  getSignal,
  getSignals,
  listSignals,
  listVersions,
  type SignalFilter,
  type StoredSignal,
  type StoredVersion,
} from './store.ts';
export * from './yaml.ts';
