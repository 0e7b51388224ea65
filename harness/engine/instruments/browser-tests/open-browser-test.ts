import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { redact, redactText } from '../../../evidence/redact.ts';
import type { CheckContext } from '../../context.ts';
import type { CheckScope } from '../check-scope.ts';
import { isBrowserFailure } from './browser-test.ts';
import type { BrowserTestRun } from './browser-test-run.ts';

/** Waits for the browser test of a check. Its result is evidence, with trace, video and server log of a failure. */
export function openBrowserTest(
  scope: CheckScope,
  { run, check }: { run: Pick<BrowserTestRun, 'resultOf'>; check: string },
): CheckContext['browserTest'] {
  return async () => {
    scope.requireCapability('browser');
    const result = await run.resultOf(check);
    const { attachments, ...shown } = result;
    await scope.evidence.write('browser-test.json', `${JSON.stringify(redact(shown), null, 2)}\n`);
    for (const [index, { name, path }] of attachments.entries()) {
      // Playwright's own description of the failure repeats the rest.
      if (name === 'error-context') continue;
      const content = await readFile(path);
      const isText = /^\.(txt|md|json)$/.test(extname(path));
      const label = `${name.replaceAll(/[^\w-]+/g, '-')}-${index + 1}${extname(path)}`;
      await scope.evidence.write(label, isText ? redactText(content.toString('utf8')) : content);
    }
    if (result.status !== 'passed' && isBrowserFailure(result))
      throw new Error(`The browser failed: ${result.errors[0]}`);
    return result;
  };
}
