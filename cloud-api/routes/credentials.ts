import { z } from '@hono/zod-openapi';
import { newSecret } from '../auth/secrets.ts';
import { jsonAnswer } from '../http/document.ts';
import { type Access, type Endpoint, endpoint } from '../http/endpoint.ts';
import { DeviceParams } from '../http/params.ts';
import { notFound, Refusal } from '../http/refusal.ts';
import { json, noContent } from '../http/respond.ts';

/** Where the broker's passwords of devices are kept: hashes, by user name `site/device`. A change is durable when it is done. */
export interface DeviceCredentials {
  set(username: string, password: string): Promise<void>;
  remove(username: string): boolean | Promise<boolean>;
}

const ACCESS: Access = { scopes: ['admin'], on: 'path' };

export interface CredentialServices {
  readonly credentials: DeviceCredentials | null;
}

export function credentialRoutes({ credentials }: CredentialServices): Endpoint[] {
  const kept = (): DeviceCredentials => {
    if (credentials !== null) return credentials;
    throw new Refusal('request.conflict', "this API does not keep the devices' passwords at the broker", {
      hint: 'npm run device:enrol where they are kept, or start the API with --device-passwords-dir',
    });
  };
  return [
    endpoint({
      method: 'put',
      path: '/v1/sites/{site}/devices/{device}/credentials',
      access: ACCESS,
      tag: 'Access',
      id: 'setDeviceCredentials',
      summary: "A device's user name and a new password at the MQTT broker",
      description:
        'The password before is no longer valid at the next connect. The device need not be known yet. The answer comes ' +
        'when the change is kept; the broker knows of it at once (embedded) or when it looks next (Mosquitto: 2 s).',
      params: DeviceParams,
      responses: {
        200: jsonAnswer(
          'Shown this once',
          z.object({ username: z.string(), password: z.string() }).openapi('DeviceCredentials'),
        ),
      },
      handle: async ({ c, params }) => {
        const username = `${params.site}/${params.device}`;
        const password = newSecret();
        await kept().set(username, password);
        return json(c, { username, password }, 200, { 'cache-control': 'no-store' });
      },
    }),
    endpoint({
      method: 'delete',
      path: '/v1/sites/{site}/devices/{device}/credentials',
      access: ACCESS,
      tag: 'Access',
      id: 'removeDeviceCredentials',
      summary: "Takes a device's password at the MQTT broker away",
      description:
        'The broker knows of it as for a new one. A certificate stays good: `device:enrol --revoke` takes that back too.',
      params: DeviceParams,
      responses: { 204: { description: 'Removed' } },
      handle: async ({ params }) => {
        const removed = await kept().remove(`${params.site}/${params.device}`);
        if (!removed) throw notFound(`password of ${params.site}/${params.device}`);
        return noContent();
      },
    }),
  ];
}
