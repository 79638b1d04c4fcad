import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@loadcycle/contract';
import { expect, onTestFinished, test } from 'vitest';
import { mqttLogin, mqttLoginSettings } from './mqtt-login.ts';

const login = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  mqttLogin(readSettings(mqttLoginSettings, args, env)!);

test('what is given, with files read; nothing for what is not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-login-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  expect(login([])).toEqual({});
  expect(login(['--mqtt-username', 'a'])).toEqual({ username: 'a' });
  const env = {
    LOADCYCLE_MQTT_PASSWORD: 'secret',
    LOADCYCLE_MQTT_CA_FILE: file('ca.crt', 'CA'),
    LOADCYCLE_MQTT_CERT_FILE: file('own.crt', 'CERT'),
    LOADCYCLE_MQTT_KEY_FILE: file('own.key', 'KEY'),
  };
  expect(login([], env)).toEqual({ password: 'secret', ca: 'CA', cert: 'CERT', key: 'KEY' });
});

test('a file that is not there is named', () => {
  expect(() => login(['--mqtt-ca-file', '/nowhere/ca.crt'])).toThrow(
    expect.objectContaining({
      code: 'settings.invalid',
      message: expect.stringContaining('/nowhere/ca.crt'),
    }),
  );
});
