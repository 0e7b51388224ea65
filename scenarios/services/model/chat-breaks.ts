import type { Break } from '../../../harness/engine/index.ts';
import { alteredJson } from '../../kit/altered-response.ts';

const orchestrator = 'platform/services/llm-orchestrator';

export const chatBreaks: readonly Break[] = [
  {
    defect: 'The cost of thinking is forgotten.',
    changes: [
      alteredJson('POST', /^\/api\/chat$/, (body) => {
        body.cost_info.thinking_cost = '0.000000';
      }),
    ],
    violates: ['costs'],
  },
  {
    defect: 'The model gets no earlier messages.',
    changes: [{ kind: 'environment', service: 'llm-orchestrator', set: { CONTEXT_MESSAGES: '0' } }],
    violates: ['context'],
  },
];

export const historyBreaks: readonly Break[] = [
  {
    defect: 'The history loses its latest message.',
    changes: [alteredJson('GET', /^\/api\/sessions\/[^/]+\/history$/, (body) => void body.messages.pop())],
    violates: ['history'],
  },
  {
    defect: 'Every page of conversations is the first one.',
    changes: [
      {
        kind: 'exchange',
        path: /^\/api\/sessions\?page=2/,
        request: ({ url }) => ({ url: url.replace('page=2', 'page=1') }),
      },
    ],
    violates: ['pages'],
  },
  {
    defect: 'The spending of today counts no call.',
    changes: [
      alteredJson('GET', /^\/api\/cost-tracking\/status$/, (body) => {
        body.spent_today = '0.000000';
      }),
    ],
    violates: ['spentToday', 'afterDeletion'],
  },
];

export const streamBreaks: readonly Break[] = [
  {
    defect: 'A stream loses its first piece of text.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/chat$/,
        response: ({ body }) => ({
          body: Buffer.from(body.toString().replace(/data: \{"type":"text"[^\n]*\n\n/, '')),
        }),
      },
    ],
    violates: ['events'],
  },
  {
    defect: 'A rejection of the model is not passed on.',
    changes: [
      {
        kind: 'source',
        file: `${orchestrator}/gemini/gemini-http.ts`,
        find: 'if (status === 429) {',
        replace: 'if (status === 430) {',
      },
    ],
    violates: ['failures'],
  },
];
