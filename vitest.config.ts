import { defineConfig } from 'vitest/config';
import { dropConnectionVariables } from './harness/cli/connection-variables.ts';

if (Number.parseInt(process.versions.node, 10) < 24)
  throw new Error(`The tests run on the pinned Node 24, this is ${process.version}: use npm test`);

// The workers inherit the environment.
dropConnectionVariables(process.env);

const elsewhere = ['**/node_modules/**', '.cache/**', '.tools/**', 'dist/**', 'reports/runs/**'];

export default defineConfig({
  test: {
    passWithNoTests: false,
    // Two projects, one run: `--project unit` is the quick half.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, '**/*.int.test.ts'],
          pool: 'threads',
          testTimeout: 10_000,
        },
      },
      {
        // Starts processes and stores. Their files run a few at a time: a machine with two cores that boots
        // several platforms at once meets no time limit of theirs.
        test: {
          name: 'integration',
          include: ['**/*.int.test.ts'],
          exclude: elsewhere,
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: 'harness/runtime/testing/test-run.ts',
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
