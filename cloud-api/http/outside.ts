import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type ErrorCode, PROBLEM_CONTENT_TYPE, type ProblemDetails, problem } from '@loadcycle/contract';
import type { App } from './endpoint.ts';

/**
 * The server around the application, and its answers to what never becomes a request of it: what the parser turns
 * down, what does not come in time, what names no host. They are problems too, with the same headers.
 */
export function serverOf(app: App): Server {
  const listener = getRequestListener(app.fetch as never, {
    errorHandler: () => {
      const details = outside('request.invalid', 'the request names no valid host and path');
      return Response.json(details, { status: details.status, headers: headersOf(details) });
    },
  });
  const server = createServer(LIMITS, listener);
  server.on('clientError', (error: ParserError, socket) => refuse(error, socket as Socket));
  // 100-continue is answered by Node; any other expectation may be ignored (RFC 9110, 10.1.1)
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}

/** Time limits against slow senders; answers may stream for as long as they like. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
  // longer than proxies keep a connection that nobody uses (60 s): else one of them sends on what was just closed
  keepAliveTimeout: 65_000,
  // refused above, with a problem
  requireHostHeader: false,
};

interface ParserError extends Error {
  readonly code?: string;
  /** what came last */
  readonly rawPacket?: Buffer;
}

const outside = (code: ErrorCode, detail: string): ProblemDetails =>
  problem(code, { detail, requestId: randomUUID() });

const headersOf = (details: ProblemDetails): Record<string, string> => ({
  'content-type': PROBLEM_CONTENT_TYPE,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-request-id': details.requestId!,
  connection: 'close',
});

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
};

function problemOfParser(error: ParserError): ProblemDetails {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return outside('request.too-slow', 'the request took too long to arrive');
  if (error.code !== 'HPE_HEADER_OVERFLOW') return outside('request.invalid', 'this is not HTTP');
  const limit = `${LIMITS.maxHeaderSize} bytes at most for the request line and the headers`;
  const start = error.rawPacket?.subarray(0, LIMITS.maxHeaderSize).toString('latin1') ?? '';
  const code = start.includes('\n') ? 'request.headers-too-large' : 'request.target-too-long';
  return outside(code, limit);
}

function refuse(error: ParserError, socket: Socket): void {
  // an answer that has begun must not be followed by another one on its connection
  const begun =
    (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || begun || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const details = problemOfParser(error);
  const body = JSON.stringify(details);
  const head = Object.entries({ ...headersOf(details), 'content-length': String(Buffer.byteLength(body)) });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(
    `HTTP/1.1 ${details.status} ${REASONS[details.status]}\r\ndate: ${new Date().toUTCString()}\r\n${lines}\r\n${body}`,
  );
  socket.destroySoon();
}
