import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@loadcycle/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withCredentials } from './credentials.ts';
import { agentSettings } from './flags.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadcycle-credentials-'));
  const files = {
    username: 'plant1/pump2\n',
    password: 'p\n',
    'mqtt-url': 'mqtts://h:8883\n',
    'ca.crt': '-',
  };
  for (const [name, text] of Object.entries({ ...files, 'agent.json': '{}' }))
    writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (...argv: string[]) => withCredentials(readSettings(agentSettings, argv, {})!);

test('the folder says who and where', () => {
  expect(settings('--credentials', folder)).toMatchObject({
    site: 'plant1',
    device: 'pump2',
    mqttUrl: 'mqtts://h:8883',
    mqttUsernameFile: join(folder, 'username'),
    mqttPasswordFile: join(folder, 'password'),
    mqttCaFile: join(folder, 'ca.crt'),
    config: join(folder, 'agent.json'),
  });
});

test('what is said by flags counts before it', () => {
  const given = settings('--credentials', folder, '--mqtt-url', 'mqtt://there:1883', '--config', 'mine.json');
  expect(given).toMatchObject({ mqttUrl: 'mqtt://there:1883', config: 'mine.json', mqttCaFile: null });
  expect(settings('--credentials', folder, '--mqtt-cert-file', 'c', '--mqtt-key-file', 'k')).toMatchObject({
    mqttUsernameFile: null,
    mqttPasswordFile: null,
    mqttCertFile: 'c',
  });
});

test('without one the defaults are as before, and a folder that is none is said', () => {
  expect(settings()).toMatchObject({ site: 'local', device: 'device-1', mqttUrl: 'mqtt://127.0.0.1:1883' });
  expect(() => settings('--credentials', '/nowhere')).toThrow(
    expect.objectContaining({ code: 'settings.invalid' }),
  );
});
