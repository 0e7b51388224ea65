import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { dropConnectionVariables } from './harness/cli/connection-variables.ts';

if (Number.parseInt(process.versions.node, 10) < 24)
  throw new Error(`The tests need the pinned Node 24; this is ${process.version}. Run npm test`);

// The workers inherit the environment.
dropConnectionVariables(process.env);

export const ignored = ['**/node_modules/**', '.cache/**', '.tools/**', 'dist/**', 'reports/runs/**'];

/** Tests with an engine of their own. Testcontainers keeps the first engine that it finds in a process. */
const ownEngine = ['harness/cli/adopt.int.test.ts', 'harness/runtime/compose/adopt/*.int.test.ts'];

/**
 * Starts the files that boot whole platforms first. Without results of an earlier run, Vitest sorts by the size of a
 * file, and the shortest of them would run for up to a minute at the end, when the other workers are idle.
 */
class PlatformsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bootsPlatform = ({ moduleId }: TestSpecification) => /\/harness\/cli\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(bootsPlatform), ...sorted.filter((file) => !bootsPlatform(file))];
  }
}

/**
 * Tests that break the platform and expect the checks of the catalogue to notice, and those of long runs, on a target,
 * with monitoring, in a hostile environment and of the benchmarks: `npm run test:gate`.
 */
export const gate = [
  'scenarios/**/*.int.test.ts',
  'harness/cli/{callers-environment,monitoring,target}.int.test.ts',
  'platform/bench/**/*.int.test.ts',
];

/** Starts processes and stores once for all files, which share their modules but not the stores. */
export const withPlatforms = {
  pool: 'forks',
  isolate: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: 'harness/runtime/testing/test-run.ts',
} as const;

export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: PlatformsFirst },
    // `--project unit` runs only the fast tests.
    projects: [
      {
        // The files share their modules, because importing them again for each file takes longer than the tests.
        // No module has state that a test changes.
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/*.int.test.ts'],
          pool: 'threads',
          maxWorkers: '100%',
          isolate: false,
          testTimeout: 10_000,
        },
      },
      {
        // These tests wait for processes and stores for a third of their time. So three files run at a time: this
        // keeps two cores busy. More boots in parallel would exceed time limits.
        test: {
          ...withPlatforms,
          name: 'integration',
          include: ['**/*.int.test.ts'],
          exclude: [...ignored, ...ownEngine, ...gate],
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Each file has a process of its own.
        test: {
          name: 'own-engine',
          include: ownEngine,
          exclude: ignored,
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
