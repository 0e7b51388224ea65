import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { FieldProblem, ProblemCode } from '../../contracts/problem.ts';
import { ProblemError, problem } from '../http/problem.ts';

/** A response as it was sent. */
export interface SentResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Absent without a body. */
  body?: string;
}

/** A problem that a handler has thrown. Its time and request id are those of the request that gets it. */
interface ThrownProblem {
  code: ProblemCode;
  message: string;
  headers: Readonly<Record<string, string>>;
  details?: readonly FieldProblem[];
  type?: string;
}

export type StoredResponse = { sent: SentResponse } | { problem: ThrownProblem };

/** Headers of a response that belong to its content. All others belong to one request or one connection. */
const keptHeaders = ['content-type', 'location', 'etag', 'last-modified', 'cache-control', 'link'] as const;

export function keptHeadersOf(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

/** Problems that state the result of a change that was tried. A repetition gets the same one. */
const storedCodes: ReadonlySet<ProblemCode> = new Set([
  'not_found',
  'conflict',
  'duplicate_email',
  'precondition_failed',
]);

/**
 * What a thrown problem means for the key. `store`: it is the result. `forget`: the request was not accepted (invalid,
 * no rights, too many), so a repetition is a new attempt; what the handler has written on purpose stays, such as an
 * entry of the audit log. `undo`: something failed, and nothing of the request may remain.
 */
export function effectOf({ code, status }: ProblemError): 'store' | 'forget' | 'undo' {
  if (status >= 500) return 'undo';
  return storedCodes.has(code) ? 'store' : 'forget';
}

export function storedProblem({ code, message, headers, details, type }: ProblemError): StoredResponse {
  return {
    problem: { code, message, headers, ...(details ? { details } : {}), ...(type ? { type } : {}) },
  };
}

/** The stored problem, to be thrown again. */
export function thrownAgain({ code, type, ...options }: ThrownProblem): ProblemError {
  const again = problem(code, { ...options, headers: { ...options.headers, 'idempotent-replayed': 'true' } });
  return type === undefined ? again : Object.assign(again, { type });
}

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts a response: IV, tag, content. */
export function seal(response: StoredResponse, key: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const encryption = createCipheriv(cipher, key, iv);
  const content = Buffer.concat([encryption.update(JSON.stringify(response), 'utf8'), encryption.final()]);
  return Buffer.concat([iv, encryption.getAuthTag(), content]);
}

/** @throws ProblemError `conflict` when the secret of the platform has changed since */
export function unseal(sealed: Buffer, key: Buffer): StoredResponse {
  try {
    const decryption = createDecipheriv(cipher, key, sealed.subarray(0, ivBytes));
    decryption.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
    const content = [decryption.update(sealed.subarray(ivBytes + tagBytes)), decryption.final()];
    return JSON.parse(Buffer.concat(content).toString('utf8')) as StoredResponse;
  } catch (cause) {
    const message = 'The request was done, but its stored response can no longer be read.';
    throw new ProblemError('conflict', { message, cause });
  }
}
