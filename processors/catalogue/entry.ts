import {
  type DefinitionProblem,
  definitionProblems,
  LoadcycleError,
  parseDurationUs,
  presetDefinition,
  SignalDefinition,
} from '@loadcycle/contract';

/** Fields that people write as durations, and the fields of the definition that they stand for. */
const DURATIONS = {
  stuckAfter: 'stuckAfterUs',
  expectedPeriod: 'expectedPeriodUs',
  clockSkew: 'clockSkewUs',
} as const;

type Fields = Record<string, unknown>;

export interface ReadSignal {
  /** null where there are problems */
  readonly definition: SignalDefinition | null;
  readonly problems: readonly DefinitionProblem[];
}

/**
 * A signal as somebody wrote it (in YAML or in a request) → its definition: its own fields, over those of its
 * preset, over the defaults. Labels are merged, everything else is replaced.
 */
export function readSignal(own: unknown, defaults: unknown = {}): ReadSignal {
  const wrong = (message: string, ...path: string[]): ReadSignal => ({
    definition: null,
    problems: [{ path, message }],
  });
  if (!isFields(own)) return wrong('a signal must be a mapping');
  if (!isFields(defaults)) return wrong('defaults must be a mapping');
  const problems: DefinitionProblem[] = [];
  const { preset, ...fields } = durations(own, problems);
  const { preset: defaultPreset, ...base } = durations(defaults, problems);
  const chosen = preset ?? defaultPreset;
  let presetFields: Fields = {};
  if (chosen !== undefined && chosen !== null) {
    if (typeof chosen !== 'string') return wrong('must be the name of a preset', 'preset');
    const unit = fields['unit'] ?? base['unit'];
    try {
      presetFields = presetDefinition(chosen, typeof unit === 'string' ? unit : undefined);
    } catch (error) {
      if (!(error instanceof LoadcycleError)) throw error;
      const message = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
      return wrong(message, error.pointer?.slice(1) ?? 'preset');
    }
  }
  const labels = mergeLabels(base['labels'], fields['labels']);
  const whole: Fields = { ...base, ...dropNull(presetFields), ...fields };
  if (labels !== undefined) whole['labels'] = labels;
  problems.push(...definitionProblems(whole));
  return { definition: problems.length > 0 ? null : SignalDefinition.parse(whole), problems };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a preset leaves open must not hide what the defaults say. */
function dropNull(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, v]) => v !== null && name !== 'labels'));
}

function mergeLabels(base: unknown, own: unknown): unknown {
  if (isFields(base) && (isFields(own) || own === undefined)) return { ...base, ...own };
  return own ?? base;
}

function durations(written: Fields, problems: DefinitionProblem[]): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(written)) {
    const field = Object.hasOwn(DURATIONS, name) ? DURATIONS[name as keyof typeof DURATIONS] : undefined;
    if (field === undefined) {
      fields[name] = value;
      continue;
    }
    if (Object.hasOwn(written, field)) problems.push({ path: [name], message: `says the same as ${field}` });
    fields[field] = value;
    if (value === null) continue;
    try {
      fields[field] = parseDurationUs(String(value));
    } catch {
      problems.push({ path: [name], message: `"${String(value)}" is no duration, such as 10s or 1h30m` });
      delete fields[field];
    }
  }
  return fields;
}
