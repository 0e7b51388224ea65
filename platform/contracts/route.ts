import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call a route.
 * `public`: anybody. `user`: a valid access token. `service`: another service of the platform,
 * with the internal key; such routes are never reachable through the gateway.
 */
export type Access = 'public' | 'user' | 'service';

export interface SuccessSpec {
  /** HTTP status of the one success answer, 200–299. */
  status: number;
  description: string;
  /** Absent when the answer has no JSON body (204, files, event streams). */
  schema?: z.ZodType;
  /** Default `application/json`. */
  contentType?: string;
  example?: unknown;
}

export interface RouteSpec {
  method: Method;
  /** Path at the service itself, parameters as `:name`, e.g. `/files/:id/download`. */
  path: string;
  summary: string;
  /** Choices the sources left open, limits, side effects. */
  description?: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Content type of the request body; default `application/json`. */
  bodyType?: string;
  bodyExample?: unknown;
  /** Most bytes of a request body; default 1 MiB. */
  maxBodyBytes?: number;
  success: SuccessSpec;
  /** Problems this route answers beside the general ones (validation, auth, internal). */
  problems?: readonly ProblemCode[];
  /** How long the gateway waits for the first byte, in milliseconds; default 30,000. */
  timeoutMs?: number;
}

/**
 * Whether the body is handed on as a stream: neither JSON nor a form's fields. Such a body may arrive for as long as
 * its bytes flow; any other has to be there within seconds.
 */
export function isUpload({ bodyType }: RouteSpec): boolean {
  return (
    bodyType !== undefined &&
    bodyType !== 'application/json' &&
    bodyType !== 'application/x-www-form-urlencoded'
  );
}

/** Declares a route, keeping its literal types for handlers and clients. */
export function route<const R extends RouteSpec>(spec: R): R {
  return spec;
}
