import type { Break } from '../../harness/engine/index.ts';
import { changeJson, oneBreak, respondWith } from '../kit/breaks.ts';

const document = { path: /^\/api\/(v1\/)?openapi\.json$/ };

export const platformDescriptionBreaks: readonly Break[] = [
  oneBreak(
    'The document has no sign-in.',
    changeJson(document, ({ paths: { '/api/auth/login': _gone, ...paths }, ...json }) => ({
      ...json,
      paths,
    })),
    'missing',
    'routes',
  ),
  oneBreak(
    'The document shows an internal route.',
    changeJson(document, (json) => ({
      ...json,
      paths: { ...json.paths, '/api/internal/exports': { post: { operationId: 'internalExports' } } },
    })),
    'undeclared',
  ),
  oneBreak(
    'Two operations have the same name.',
    changeJson(document, (json) => {
      json.paths['/api/auth/login'].post.operationId = json.paths['/api/auth/register'].post.operationId;
      return json;
    }),
    'ambiguousNames',
  ),
  oneBreak(
    'The document refers to a schema that it does not have.',
    changeJson(document, (json) => {
      const { schemas } = json.components;
      delete schemas[Object.keys(schemas)[0] ?? ''];
      return json;
    }),
    'brokenReferences',
  ),
  oneBreak(
    '/api/v1 has another document.',
    respondWith({ path: /^\/api\/v1\/openapi\.json$/ }, 200, { openapi: '3.1.1', paths: {} }),
    'sameAsVersioned',
  ),
];
