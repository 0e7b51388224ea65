import { expect, it } from 'vitest';
import { tutorialSteps } from './tutorial-steps.ts';

it('reads files, and commands with their exit code and output', () => {
  const document = [
    '```sh\nnot a step\n```',
    '```ts tutorial file=a/b.ts\nconst a = 1;\n```',
    '```sh tutorial exit=3\nnpm run x\n```',
    '```text tutorial\nNO-GO\n\n3 checks\n```',
  ].join('\n\n');
  expect(tutorialSteps(document)).toEqual([
    { kind: 'file', path: 'a/b.ts', content: 'const a = 1;\n' },
    { kind: 'command', script: 'npm run x\n', exitCode: 3, prints: ['NO-GO', '3 checks'] },
  ]);
});

it('rejects a document without a step, and output without a command', () => {
  expect(() => tutorialSteps('```sh\nls\n```')).toThrow('no tutorial step');
  expect(() => tutorialSteps('```text tutorial\nGO\n```')).toThrow('No command');
});
