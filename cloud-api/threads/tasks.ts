import { analyseCycles, analyseMetrics } from './analysis.ts';
import { readCatalogue } from './catalogue.ts';
import { inspect, readMessage, signalsOf } from './message.ts';

/** What a thread can be asked for. Inputs and outputs are plain values: they are copied, or their memory handed over. */
export const TASKS = { analyseCycles, analyseMetrics, readCatalogue, readMessage, signalsOf, inspect };

type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;
export type TaskInput<N extends TaskName> = Parameters<Tasks[N]>[0];
export type TaskOutput<N extends TaskName> = ReturnType<Tasks[N]>;
export type Task = { [N in TaskName]: { readonly name: N; readonly input: TaskInput<N> } }[TaskName];
