import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Problem } from '../../../contracts/problem.ts';
import { type AirtableErrorBody, isEnvelope, toAirtableError } from '../../../kit/http/airtable-error.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import { notFound } from '../airtable-problem.ts';

function toAirtable(envelope: Problem, cause: unknown): AirtableErrorBody {
  // A stored problem that is sent again has the type, too.
  if (!(cause instanceof ProblemError) || cause.type === undefined) return toAirtableError(envelope);
  const { type, message } = cause;
  return { error: type === 'NOT_FOUND' ? type : { type, message } };
}

/**
 * Whether a path is one of Airtable's other interfaces, such as `/v0/meta/workspaces`. The routes of records match it
 * with a base named `meta`, and would explain what is wrong with its body.
 */
function isOtherInterface({ params, routeOptions }: FastifyRequest): boolean {
  const { baseId } = params as { baseId?: string };
  return routeOptions.url?.startsWith('/v0/:baseId/') === true && (baseId === 'meta' || baseId === 'bases');
}

/** Sends every error under `/v0` in the format of Airtable's API. */
export function sendAirtableErrors(app: FastifyInstance): void {
  const causes = new WeakMap<object, unknown>();
  app.addHook('onError', (request, _reply, error, done) => {
    causes.set(request, error);
    done();
  });
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const translate = reply.statusCode >= 400 && request.url.startsWith('/v0/') && isEnvelope(payload);
    if (translate && reply.statusCode === 422 && isOtherInterface(request)) {
      reply.code(404);
      done(null, toAirtable(payload, notFound()));
      return;
    }
    done(null, translate ? toAirtable(payload, causes.get(request)) : payload);
  });
}
