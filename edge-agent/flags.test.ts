import { readSettings } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import { agentSettings, parseAgentFile, sourceFromFlags, sourceSettings } from './flags.ts';

const flags = (...argv: string[]) => readSettings(sourceSettings, argv, {})!;

test('a short-hand for each kind of source', () => {
  expect(
    sourceFromFlags('simulate', undefined, flags('--rate', '50', '--waveform', '{"base":10}')),
  ).toMatchObject({
    kind: 'simulate',
    signal: 'motor-voltage',
    unit: 'V',
    rateHz: 50,
    waveform: { base: 10 },
  });
  expect(
    sourceFromFlags('iio', undefined, flags('--channel', 'in_voltage3', '--factor', '11')),
  ).toMatchObject({
    kind: 'iio',
    channels: [{ channel: 'in_voltage3', signal: 'motor-voltage', factor: 11 }],
  });
  expect(
    sourceFromFlags(
      'replay',
      'a.csv',
      flags('--columns', 'U 1=voltage:V, I=current:A,n=speed', '--unit', 'r/min'),
    ),
  ).toMatchObject({
    file: 'a.csv',
    columns: [
      { column: 'U 1', signal: 'voltage', unit: 'V' },
      { column: 'I', signal: 'current', unit: 'A' },
      { column: 'n', signal: 'speed', unit: 'r/min' },
    ],
  });
});

test.each([
  ['replay', undefined, []],
  ['replay', 'a.csv', ['--columns', 'voltage']],
  ['simulate', undefined, ['--waveform', '{']],
  ['simulate', undefined, ['--limit', 'many']],
])('%s %s %j is refused with a clear line', (kind, file, argv) => {
  expect(() => sourceFromFlags(kind, file, flags(...argv))).toThrow(
    expect.objectContaining({ code: 'settings.invalid' }),
  );
});

test('a configuration file is read whole, and every place that is wrong is named', () => {
  const sources = [
    { kind: 'simulate', signal: 'v' },
    { kind: 'simulate', signal: 'i', unit: 'A' },
  ];
  expect(parseAgentFile(JSON.stringify({ site: 'plant', sources }), 'f').sources).toHaveLength(2);
  const wrong = {
    sources: [
      { kind: 'simulate', signal: 'V!' },
      { kind: 'simulate', signal: 'i', rate: 5 },
    ],
  };
  expect(() => parseAgentFile(JSON.stringify(wrong), 'agent.json')).toThrow(
    /agent\.json: sources\.0\.signal: .*sources\.1: .*rate/,
  );
  expect(() => parseAgentFile('{', 'agent.json')).toThrow(/agent\.json/);
});

test('the folder of the outbox has a name of its own: a system beside the agent does not share it', () => {
  const env = { LOADCYCLE_DATA_DIR: '/var/lib/system', LOADCYCLE_OUTBOX_DIR: '/var/lib/outbox' };
  expect(readSettings(agentSettings, [], env)).toMatchObject({ outboxDir: '/var/lib/outbox' });
  expect(readSettings(agentSettings, [], { LOADCYCLE_DATA_DIR: '/x' })).toMatchObject({
    outboxDir: 'data/agent',
  });
  expect(() => readSettings(agentSettings, ['--data-dir', '/x'], {})).toThrow('--data-dir');
});
