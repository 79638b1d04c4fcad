/** No API answers at this address: nothing listens there, the name is unknown, or the connection broke. */
export class UnreachableError extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown, message?: string) {
    super(message ?? `no API answers at ${url}${whyOf(cause)}`, { cause });
    this.name = 'UnreachableError';
    this.url = url;
  }
}

/** What lies beneath `fetch failed`: refused, no such name, a certificate that is not known. */
function whyOf(error: unknown): string {
  const { cause } = error as {
    cause?: { code?: unknown; reason?: string; message?: string; errors?: { message?: string }[] };
  };
  const message = cause?.reason || cause?.message || cause?.errors?.[0]?.message || cause?.code;
  return message ? `: ${String(message)}` : '';
}

/** `fetch`, where a connection that fails is an {@link UnreachableError}; an abort stays what it is. */
export async function reach(url: string, send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof TypeError) throw new UnreachableError(url, error);
    throw error;
  }
}
