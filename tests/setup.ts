/**
 * Property tests draw their cases from one seed, so that a run says the same of the same tree wherever it runs.
 * LOADCYCLE_TEST_SEED is another seed, or `random` for a new one: cases that no run has seen yet.
 */
import { configureGlobal } from 'fast-check';

const seed = process.env['LOADCYCLE_TEST_SEED'] ?? '17';
if (seed !== 'random') configureGlobal({ seed: Number(seed) });
