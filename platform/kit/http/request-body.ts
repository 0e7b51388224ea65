import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ServiceContract } from '../../contracts/service.ts';
import { pathOfBrokenText } from './broken-text.ts';
import { problem } from './problem.ts';

/** Maximum length of a reported path. */
const maxPath = 20;

function unstorable(path: (string | number)[]): Error {
  const msg = 'Contains an unpaired surrogate';
  return problem('validation_failed', {
    details: [{ type: 'unstorable', loc: ['body', ...path.slice(0, maxPath)], msg }],
  });
}

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

/**
 * Adds the body parsers of a service. JSON with a `__proto__` or `constructor.prototype` key or an unpaired surrogate
 * is rejected; an empty body counts as none. Other content types are accepted only where the contract declares them.
 * A form becomes an object of its fields, with the last value of a repeated field. Any other body reaches the handler
 * as a stream.
 */
export function acceptBodies(app: FastifyInstance, contract: ServiceContract): void {
  app.removeAllContentTypeParsers();
  // Without a body there is no stream that ends: a request that still names a content type would wait forever.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const endless = request.raw.readableEnded && request.headers['content-type'] !== undefined;
    done(null, endless ? Readable.from([]) : payload);
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(json, { parseAs: 'string' }, (request, body, done) => {
    if (request.routeOptions.config.keepsText) request.bodyText = body as string;
    if (body === '') done(null, undefined);
    else
      parseJson(request, body as string, (error, parsed) => {
        const broken = error ? undefined : pathOfBrokenText(body as string, parsed);
        if (broken === undefined) done(error, parsed);
        else done(unstorable(broken), undefined);
      });
  });
  const declared = new Set(Object.values(contract.routes).map((route) => route.bodyType ?? json));
  for (const type of declared) {
    if (type === json) continue;
    if (type === form) {
      app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) => {
        const fields = Object.fromEntries(new URLSearchParams(body as string));
        done(null, Object.assign(Object.create(null), fields));
      });
    } else {
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
    }
  }
}
