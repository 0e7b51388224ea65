import type { Break } from '../../../harness/engine/index.ts';
import { changeHeaders, changeJson, oneBreak, respondWith } from '../../kit/breaks.ts';

export const hiddenBreaks: readonly Break[] = [
  oneBreak(
    'The frontend serves the folder of the repository.',
    respondWith({ service: 'frontend', path: /^\/\.git\/config$/ }, 200, { core: { bare: false } }),
    'served',
  ),
];

export const errorBreaks: readonly Break[] = [
  oneBreak(
    'The user service returns the stack of an exception.',
    changeJson({ service: 'user-service', path: /./ }, (json) => ({
      ...json,
      message: 'Error\n    at handler (/app/platform/services/user-service/app.ts:1:1)',
    })),
    'leaks',
  ),
  oneBreak(
    'Errors of the file service do not name their request.',
    changeHeaders({ service: 'file-service', path: /./ }, { 'x-request-id': undefined }),
    'withoutEnvelope',
  ),
];
