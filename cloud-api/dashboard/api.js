// The API as the page uses it: a token in sessionStorage, JSON answers, and the live stream read with fetch,
// so that the token goes in a header and never in a URL.

const KEY = 'loadcycle-token';

const CODE_GRANT = 'urn:loadcycle:grant-type:sign-in-code';

/**
 * The token of this tab. A link `#code=…` signs in: its code is taken out of the address at once, and exchanged for a
 * token, which it is good for once. Throws where it was used or is too old and this tab has no token yet.
 */
export async function takeToken() {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1];
  if (code !== undefined) {
    history.replaceState(null, '', location.pathname + location.search);
    const body = new URLSearchParams({ grant_type: CODE_GRANT, code });
    const response = await fetch('/oauth/token', { method: 'POST', body });
    if (response.ok) sessionStorage.setItem(KEY, (await response.json()).access_token);
    else if (sessionStorage.getItem(KEY) === null) throw new ApiError(response.status, { detail: USED });
  }
  return sessionStorage.getItem(KEY);
}

const USED = 'This link was used, or is too old. Paste a token.';

export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the API answered ${status}`);
    this.status = status;
    this.code = problem.code;
  }
}

async function request(path, options = {}) {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEY)}`, ...options.headers };
  const response = await fetch(path, { ...options, headers });
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
  return response;
}

/** GET with query parameters; undefined ones are left out, arrays are repeated. */
export async function get(path, query = {}) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) params.append(name, one);
  }
  return (await request(params.size === 0 ? path : `${path}?${params}`)).json();
}

/**
 * Server-Sent Events of `/v1/live`, until `signal` aborts; after a lost connection it goes on from the last event.
 * `onState` hears 'live', 'lost' and, with the error, 'refused'.
 */
export async function live(query, { signal, onEvent, onState }) {
  let lastId = null;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastId === null ? {} : { 'last-event-id': lastId }),
      };
      const response = await request(`/v1/live?${query}`, { headers, signal });
      failures = 0;
      onState('live');
      for await (const event of events(response.body)) {
        if (event.id !== null) lastId = event.id;
        onEvent(event.name, event.data);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status < 500 && error.status !== 429)
        return onState('refused', error);
    }
    onState('lost');
    await new Promise((resolve) => setTimeout(resolve, Math.min(300 * 2 ** failures++, 5000)));
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    let end = rest.indexOf('\n\n');
    for (; end >= 0; end = rest.indexOf('\n\n')) {
      const event = { name: 'message', data: '', id: null };
      for (const line of rest.slice(0, end).split('\n')) {
        const [, field, text] = /^([a-z]*): ?(.*)$/s.exec(line) ?? [];
        if (field === 'event') event.name = text;
        else if (field === 'data') event.data += text;
        else if (field === 'id') event.id = text;
      }
      rest = rest.slice(end + 2);
      if (event.data !== '') yield { ...event, data: JSON.parse(event.data) };
    }
  }
}
