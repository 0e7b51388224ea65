import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';
import type { Needs } from './rights.ts';
import type { TokenScope } from './token-scope.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route. `public`: anyone. `user`: callers with a valid access token. `service`: services of the platform
 * with the internal key; the gateway does not offer these routes.
 */
export type Access = 'public' | 'user' | 'service';

/**
 * How a route honours the header `Idempotency-Key`.
 *
 * - `transaction`: the change, the key and the response are stored in one transaction.
 * - `claim`: the key is claimed before the work and the response is stored after it, because the work waits for others or
 *   has effects outside of the database. If the process dies in between, a repetition does the work again.
 * - `content`: like `claim`. The body is a stream, and its content is compared with that of the first request.
 * - `forward`: the service stores nothing itself. It passes keys on to the services that it calls.
 * - `inherent`: a repetition has no further effect by itself, so the key is ignored.
 * - `none`: the route changes nothing, or is open to anyone; the key is ignored.
 */
export type Idempotency = 'transaction' | 'claim' | 'content' | 'forward' | 'inherent' | 'none';

/** A response without its status. */
export interface ResponseSpec {
  description: string;
  /** Absent if the response has no JSON body (204, files, event streams). */
  schema?: z.ZodType;
  /** Default `application/json`. */
  contentType?: string;
  example?: unknown;
}

export interface SuccessSpec extends ResponseSpec {
  /** HTTP status of the success response, 200–299. */
  status: number;
}

/**
 * Format of the problems of a route. `envelope`: the platform's `Problem`. `airtable`: the error body of Airtable's
 * API. `page`: an HTML page for browsers (`Accept: text/html`) and for forms, else the envelope.
 */
export type ProblemFormat = 'envelope' | 'airtable' | 'page';

export interface RouteSpec {
  method: Method;
  /** Path at the service itself, with parameters as `:name`, e.g. `/files/:id/download`. */
  path: string;
  summary: string;
  /** Limits, side effects and other behaviour that clients need to know. */
  description?: string;
  access: Access;
  /** The rights of the caller that a route of access `user` needs. */
  needs?: Needs;
  /**
   * The scope that a personal access token needs here. `any`: every one works, because the route only calls others that
   * need scopes, or shows only the token's own rights. Without it the route takes tokens of sessions only.
   */
  scope?: TokenScope | 'any';
  params?: z.ZodObject;
  query?: z.ZodObject;
  /**
   * How the query encodes lists and objects. `brackets`: as Airtable does, `fields[]=a`, `sort[0][field]=a`. Default:
   * lists as repeated parameters, no objects.
   */
  queryFormat?: 'brackets';
  /**
   * Required on routes of access `service` that change something without a query: probes of their protection send what
   * the contract rejects. `z.strictObject({}).optional()` where there is no input.
   */
  body?: z.ZodType;
  /** Content type of the request body; default `application/json`. */
  bodyType?: string;
  bodyExample?: unknown;
  /** Headers of the request that the contract checks, by their names in lower case. */
  headers?: z.ZodObject;
  /** Whether the handler gets a JSON body also as its text, to verify a signature over it. */
  keepsText?: boolean;
  /** Maximum size of a request body, bytes; default 1 MiB. */
  maxBodyBytes?: number;
  success: SuccessSpec;
  /** Responses beside the success and the problems, by status: redirects, parts of a file, event streams. */
  otherResponses?: Readonly<Record<number, ResponseSpec>>;
  /** Problems of this route beside the general ones (validation, authentication, internal). */
  problems?: readonly ProblemCode[];
  /** Default `envelope`. */
  problemFormat?: ProblemFormat;
  /** Whether a 401 names the metadata of this resource (RFC 9728), by which clients learn how to authenticate. */
  hasResourceMetadata?: boolean;
  /** How it honours an `Idempotency-Key`. Default: see `idempotencyOf`. */
  idempotency?: Idempotency;
  /** Maximum wait of the gateway for the first byte, milliseconds; default 30,000. */
  timeoutMs?: number;
}

/**
 * Whether the body is forwarded as a stream: neither JSON nor the fields of a form. Such a body may take any time above
 * a minimum rate. Any other has to arrive within seconds.
 */
export function isUpload({ bodyType }: RouteSpec): boolean {
  return (
    bodyType !== undefined &&
    bodyType !== 'application/json' &&
    bodyType !== 'application/x-www-form-urlencoded'
  );
}

/** Declares a route and keeps its literal types for handlers and clients. */
export function route<const R extends RouteSpec>(spec: R): R {
  return spec;
}
