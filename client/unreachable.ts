/** No API answers at this address: nothing listens there, the name is unknown, or the connection broke. */
export class UnreachableError extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown, message = `no API answers at ${url}`) {
    super(message, { cause });
    this.name = 'UnreachableError';
    this.url = url;
  }
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
