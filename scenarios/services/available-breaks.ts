import type { Break } from '../../harness/engine/index.ts';
import { changeJson, oneBreak, rejectWith } from '../kit/breaks.ts';
import type { FunctionalProbe } from './functional-probes.ts';
import { patternOf } from './route-breaks.ts';

/** Who names a wrong field, so that no response passes as the declared one. */
const garbled = (json: object) => ({ ...json, unexpected: true });

export function availableBreaks({ service, method, path }: FunctionalProbe): Break[] {
  const met = { service, method, path: patternOf({ path }) };
  return [
    oneBreak(
      `${service} is ready and rejects its work.`,
      rejectWith(met, 'not_implemented'),
      'worked',
      'problems',
    ),
    oneBreak(
      `${service} responds with another body than declared.`,
      changeJson(met, garbled),
      'worked',
      'problems',
    ),
    {
      defect: `${service} is not ready.`,
      changes: [rejectWith({ service, path: /^\/ready$/ }, 'not_ready')],
      violates: ['ready', 'problems'],
    },
    {
      defect: `${service} crashes.`,
      changes: [{ kind: 'signal', node: service, signal: 'SIGKILL' }],
      violates: [],
    },
  ];
}
