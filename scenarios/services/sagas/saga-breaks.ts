// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import type { Break } from '../../../harness/engine/index.ts';

const compensate = 'platform/services/saga-service/run/compensate.ts';

export const compensationBreaks: readonly Break[] = [
  {
    defect: 'Steps are undone in the order in which they ran.',
    changes: [
      { kind: 'source', file: compensate, find: 'progress.steps.toReversed()', replace: 'progress.steps' },
    ],
    violates: ['third', 'last', 'events'],
  },
  {
    defect: 'Compensations are recorded and not done.',
    changes: [
      {
        kind: 'source',
        file: compensate,
        find: 'const leftover = await undo(deps, run, { progress, definition, row });',
        replace: 'void undo;\n    const leftover = undefined as Left | undefined;',
      },
    ],
    violates: ['second', 'third', 'last', 'remaining'],
  },
  {
    defect: 'A step that was undone is undone again.',
    changes: [
      {
        kind: 'source',
        file: compensate,
        find: '      return undefined;\n    } catch (error) {',
        replace: '      if (attempts === 1) continue;\n      return undefined;\n    } catch (error) {',
      },
      {
        kind: 'source',
        file: compensate,
        find: 'idempotencyKey: rejections === 0 ? key : `${key}:${rejections + 1}`,',
        replace: 'idempotencyKey: `${key}:${attempts}:${rejections + 1}`,',
      },
    ],
    violates: ['once'],
  },
];

export const kindsBreaks: readonly Break[] = [
  {
    defect: 'Saga-service does not delete the workspaces of failed sagas.',
    changes: [
      {
        kind: 'trigger',
        on: 'before delete on identity.workspaces',
        does: 'return null;',
      },
    ],
    violates: ['gone'],
  },
];

export const leftoverBreaks: readonly Break[] = [
  {
    defect: 'A saga whose step could not be undone says compensated.',
    changes: [
      {
        kind: 'source',
        file: compensate,
        find: `const status = left.length === 0 ? 'compensated' : 'compensation_failed';`,
        replace: `const status = 'compensated' as 'compensated' | 'compensation_failed';`,
      },
    ],
    violates: ['status'],
  },
];

const runSteps = 'platform/services/saga-service/run/run-steps.ts';

export const parallelBreaks: readonly Break[] = [
  {
    defect: 'Steps run one by one.',
    changes: [
      { kind: 'source', file: runSteps, find: 'const maxParallel = 10;', replace: 'const maxParallel = 1;' },
    ],
    violates: ['overlap'],
  },
];

export const cancelBreaks: readonly Break[] = [
  {
    defect: 'An optional step that fails ends its saga.',
    changes: [
      {
        kind: 'source',
        file: runSteps,
        find: '} else if (definition.optional) {',
        replace: '} else if (definition.optional && failure === "") {',
      },
    ],
    violates: ['optional', 'optionalStates'],
  },
];

export const choreographyBreaks: readonly Break[] = [
  {
    defect: 'Events for the sagas of users are lost.',
    changes: [
      {
        kind: 'exchange',
        method: 'POST',
        path: /^\/api\/saga\/events\//,
        request: ({ url }) => ({ url: url.replace(/\/events\/\w+/, '/events/lost') }),
      },
    ],
    violates: ['status', 'changes'],
  },
];

export const templateBreaks: readonly Break[] = [
  {
    defect: 'A saga copies all records but the first.',
    changes: [
      {
        kind: 'source',
        file: 'platform/services/saga-service/templates/data-sync.ts',
        find: "body: '${extract.records.*.fields}',",
        replace: "body: ['${extract.records.1.fields}', '${extract.records.2.fields}'],",
      },
    ],
    violates: ['copied'],
  },
];
