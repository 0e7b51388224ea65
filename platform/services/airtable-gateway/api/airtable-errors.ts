import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../../contracts/problem.ts';
import { type AirtableErrorBody, isEnvelope, toAirtableError } from '../../../kit/http/airtable-error.ts';
import { AirtableProblem } from '../airtable-problem.ts';

function toAirtable(envelope: Problem, cause: unknown): AirtableErrorBody {
  if (!(cause instanceof AirtableProblem)) return toAirtableError(envelope);
  const { type, message } = cause;
  return { error: type === 'NOT_FOUND' ? type : { type, message } };
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
    done(null, translate ? toAirtable(payload, causes.get(request)) : payload);
  });
}
