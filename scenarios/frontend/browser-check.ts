import { type CheckDefinition, defineCheck, empty, type Json } from '../../harness/engine/index.ts';

type Expectations = CheckDefinition['expects'];

/** Expectations of every browser test: nothing in the console, no failed request, no failure beside the steps. */
const always = { unexpected: empty(), failures: empty() };

/**
 * Declares a check that is measured by the test of `e2e/` with its id as tag. The names of the test's steps, and what it
 * observes, are its expectations.
 */
export function defineBrowserCheck(definition: Omit<CheckDefinition, 'run'>): CheckDefinition {
  const expects: Expectations = { ...definition.expects, ...always };
  return defineCheck({
    ...definition,
    expects,
    async run({ browserTest }) {
      const { status, steps, observed, errors } = await browserTest();
      if (status === 'skipped' || status === 'interrupted') throw new Error(`The test was ${status}`);
      const failedStep = Object.values(steps).find((result) => result !== 'done');
      const known: Record<string, Json> = { ...observed, ...steps };
      // Playwright reports the error of a step as an error of the test too.
      const failures = errors.filter((error) => error !== failedStep);
      if (status !== 'passed' && errors.length === 0) failures.push(`the test ended as ${status}`);
      return Object.fromEntries(
        Object.keys(expects).map((name) => {
          if (name === 'failures') return [name, failures];
          if (known[name] === undefined && status === 'passed')
            throw new Error(`The test does not measure ${name}`);
          return [name, known[name] ?? 'not reached'];
        }),
      );
    },
  });
}
