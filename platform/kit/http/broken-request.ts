import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ProblemCode } from '../../contracts/problem.ts';
import { envelope, problem } from './problem.ts';

const reasons: Readonly<Record<string, { status: string; code: ProblemCode }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', code: 'request_timeout' },
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', code: 'headers_too_large' },
};

/** Responds to bytes that are not an HTTP request, then closes: the rest of the stream cannot be trusted. */
export function rejectBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code } = reasons[error.code ?? ''] ?? {
    status: '400 Bad Request',
    code: 'malformed_request' as const,
  };
  const body = JSON.stringify(envelope(problem(code), randomUUID()));
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  );
}
