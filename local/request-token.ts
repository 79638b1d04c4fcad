import type { AdminClient } from '@loadcycle/cloud-api/auth/admin-client';
import { LoadcycleError } from '@loadcycle/contract';

/** RFC 6749, 4.4: a token by client credentials. Throws with one clear line. */
export async function requestToken(
  httpUrl: string,
  client: AdminClient,
  scope: string | null = null,
): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === null ? {} : { scope }),
  });
  const basic = Buffer.from(
    `${encodeURIComponent(client.clientId)}:${encodeURIComponent(client.clientSecret)}`,
  );
  let response: Response;
  try {
    response = await fetch(new URL('/oauth/token', httpUrl), {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic.toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form.toString(),
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw new LoadcycleError('settings.invalid', `no API answers at ${httpUrl}`, {
      cause,
      hint: 'is the system running? npm start starts it',
    });
  }
  const answer = (await response.json()) as {
    access_token?: string;
    error?: string;
    error_description?: string;
  };
  if (!response.ok || answer.access_token === undefined) {
    const why = answer.error_description ?? answer.error ?? `status ${response.status}`;
    throw new LoadcycleError('request.unauthorized', `the API gave no token: ${why}`);
  }
  return answer.access_token;
}
