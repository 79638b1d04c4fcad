import type { Cycle } from './cycle.ts';

/**
 * A record of `loadcycle.cycles`: what the cycles worker has committed, for live readers. Comes at least once, and in
 * order for one signal; (signal, startedAtUs, revision) tells a repeated one.
 */
export type CycleEvent = {
  readonly site: string;
  readonly device: string;
  readonly signal: string;
} & (
  | {
      readonly event: 'cycle';
      /** 1: cut for the first time; more: a re-cut has corrected it */
      readonly revision: number;
      readonly cycle: Cycle;
    }
  /** a re-cut has found that there is no such cycle */
  | { readonly event: 'cycle-removed'; readonly startedAtUs: number }
);
