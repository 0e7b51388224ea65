import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ServiceContract } from '../../contracts/service.ts';
import { pathOfBrokenText } from './broken-text.ts';
import { problem } from './problem.ts';

/** Deeper than this a path helps nobody. */
const maxPath = 20;

function unstorable(path: (string | number)[]): Error {
  const msg = 'Contains half of a surrogate pair';
  return problem('validation_failed', {
    details: [{ type: 'unstorable', loc: ['body', ...path.slice(0, maxPath)], msg }],
  });
}

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';

/**
 * JSON is parsed (a `__proto__` or `constructor.prototype` key is refused, and half of a surrogate pair; an empty body
 * counts as none).
 * Other content types are accepted only where the contract declares them: a form becomes an object of its
 * fields, the last value of a repeated one; anything else reaches the handler as a stream.
 */
export function acceptBodies(app: FastifyInstance, contract: ServiceContract): void {
  app.removeAllContentTypeParsers();
  // A request without a body has no stream that ends; one that names a type all the same would be waited for for ever.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const endless = request.raw.readableEnded && request.headers['content-type'] !== undefined;
    done(null, endless ? Readable.from([]) : payload);
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(json, { parseAs: 'string' }, (request, body, done) => {
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
        done(
          null,
          Object.assign(Object.create(null), Object.fromEntries(new URLSearchParams(body as string))),
        );
      });
    } else {
      app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
    }
  }
}
