import type { Break, Change } from '../../../harness/engine/index.ts';

const gemini = 'platform/services/llm-orchestrator/gemini';

const source = (file: string, find: string, replace: string): Change => ({
  kind: 'source',
  file: `${gemini}/${file}`,
  find,
  replace,
});

export const modelFailureBreaks: readonly Break[] = [
  {
    defect: 'Calls of the model have no time limit.',
    changes: [
      source(
        'gemini-http.ts',
        'const limit = AbortSignal.timeout(timeoutMs);',
        'const limit = AbortSignal.timeout(600_000);',
      ),
      source(
        'gemini-http.ts',
        '          timeoutMs,\n          signal: stop,',
        '          timeoutMs: 600_000,\n          signal: stop,',
      ),
    ],
    violates: ['seen', 'slowest'],
  },
  {
    defect: 'Calls of the model are repeated again and again.',
    changes: [
      source(
        'gemini-http.ts',
        'const retryDelaysMs = [200, 1_000];',
        'const retryDelaysMs = [10, 10, 10, 10, 10, 10, 10, 10];',
      ),
    ],
    violates: ['repeated'],
  },
  {
    defect: 'The time that the model asks to wait is not passed on.',
    changes: [
      source(
        'gemini-http.ts',
        'const seconds = Math.ceil(Number.parseFloat(delay ??',
        'const seconds = Math.ceil(0 * Number.parseFloat(delay ??',
      ),
    ],
    violates: ['retryAfter'],
  },
  {
    defect: 'A response of the model that cannot be read is an internal error.',
    changes: [
      source(
        'gemini-http.ts',
        '      const unreachable = error instanceof PeerProblem',
        '      if (!(error instanceof PeerProblem)) throw error;\n      const unreachable = error instanceof PeerProblem',
      ),
    ],
    violates: ['seen'],
  },
  {
    defect: 'A response of the model of any size is read into memory.',
    changes: [
      source('gemini-http.ts', 'maxResponseBytes = 4 * 1024 * 1024', 'maxResponseBytes = 400 * 1024 * 1024'),
    ],
    violates: ['seen'],
  },
];
