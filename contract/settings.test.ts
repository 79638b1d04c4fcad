import { describe, expect, it } from 'vitest';
import { LoadcycleError } from './errors.ts';
import { readSettings, secretFiles, setting, settingsHelp } from './settings.ts';

const spec = {
  httpPort: setting.port('where', 8080),
  dataDir: setting.text('folder', './data'),
  quiet: setting.flag('no output', false),
  retention: setting.duration('how long', '7d'),
  level: setting.choice('level', ['low', 'high'], 'low'),
  password: setting.optional('secret', 'TEXT', { secret: true }),
};

const refusal = (argv: string[], env = {}): LoadcycleError => {
  try {
    readSettings(spec, argv, env);
  } catch (error) {
    return error as LoadcycleError;
  }
  throw new Error('it was not refused');
};

describe('readSettings', () => {
  it('takes flags before environment before defaults', () => {
    const env = { LOADCYCLE_HTTP_PORT: '1', LOADCYCLE_DATA_DIR: '/d' };
    const s = readSettings(spec, ['--http-port', '2'], env);
    expect(s).toMatchObject({ httpPort: 2, dataDir: '/d', level: 'low', retention: 7 * 86_400e6 });
  });

  it('reads a flag alone, with a value, and before another flag', () => {
    expect(readSettings(spec, ['--quiet'], {})?.quiet).toBe(true);
    expect(readSettings(spec, ['--quiet', 'false'], {})?.quiet).toBe(false);
    expect(readSettings(spec, ['--quiet=no'], {})?.quiet).toBe(false);
    expect(readSettings(spec, ['--quiet', '--level', 'high'], {})).toMatchObject({
      quiet: true,
      level: 'high',
    });
  });

  it.each([
    [['--http-port', '70000'], '--http-port: "70000" must be a port'],
    [['--level', 'middle'], 'must be one of low, high'],
    [['--retention', 'soon'], 'is not a duration'],
    [['--no-such'], "Unknown option '--no-such'"],
    [['stray'], 'positional'],
  ])('refuses %j in one line', (argv, line) => {
    const error = refusal(argv);
    expect(error).toBeInstanceOf(LoadcycleError);
    expect(error.code).toBe('settings.invalid');
    expect(error.message).toContain(line);
    expect(error.message).not.toContain('\n');
  });

  it('names the variable where the value came from the environment', () => {
    expect(refusal([], { LOADCYCLE_HTTP_PORT: 'x' }).message).toContain('LOADCYCLE_HTTP_PORT: "x"');
  });

  it('gives null for --help, and the help lists every flag, variable and default but no secret', () => {
    expect(readSettings(spec, ['--help'], {})).toBeNull();
    const help = settingsHelp('x', 'y', spec);
    for (const part of [
      '--http-port PORT',
      'LOADCYCLE_HTTP_PORT',
      '[8080]',
      '[7d]',
      'LOADCYCLE_PASSWORD_FILE',
    ]) {
      expect(help).toContain(part);
    }
    expect(help).not.toContain('such as 500ms, 15m, 7d)');
    const odd = {
      keep: setting.duration('for how long; 0s: for ever', '0s'),
      rate: setting.number('rate', 0, 0, 9, { shown: 'as it is' }),
    };
    expect(settingsHelp('x', 'y', odd)).toMatch(
      /--keep TIME\s+for how long; 0s: for ever \[0s\]\n[\s\S]*--rate X\s+rate \[as it is\]\n/,
    );
    expect(secretFiles(spec)).toEqual([
      { variable: 'LOADCYCLE_PASSWORD', fileVariable: 'LOADCYCLE_PASSWORD_FILE' },
    ]);
  });
});
