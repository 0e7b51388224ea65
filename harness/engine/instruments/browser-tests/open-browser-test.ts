import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { redact, redactText } from '../../../evidence/redact.ts';
import type { CheckContext } from '../../context.ts';
import type { CheckScope } from '../check-scope.ts';
import { isBrowserFailure } from './browser-test.ts';
import type { BrowserTestRun } from './browser-test-run.ts';
import { hideKnown, redactTrace } from './redact-trace.ts';

/** Waits for the browser test of a check. Its result is evidence, with trace, video and server log of a failure. */
export function openBrowserTest(
  scope: CheckScope,
  { run, check }: { run: Pick<BrowserTestRun, 'resultOf' | 'passwords'>; check: string },
): CheckContext['browserTest'] {
  return async () => {
    scope.requireCapability('browser');
    const seen = await run.resultOf(check);
    // A failed action names the text that it was about to type.
    const result: typeof seen = JSON.parse(hideKnown(JSON.stringify(seen), run.passwords));
    const { attachments, ...shown } = result;
    await scope.evidence.write('browser-test.json', `${JSON.stringify(redact(shown), null, 2)}\n`);
    for (const [index, { name, path }] of attachments.entries()) {
      // Playwright's own description of the failure repeats the rest.
      if (name === 'error-context') continue;
      const content = await readFile(path);
      const kind = extname(path);
      const label = `${name.replaceAll(/[^\w-]+/g, '-')}-${index + 1}${kind}`;
      const isText = /^\.(txt|md|json)$/.test(kind);
      const shownContent = isText ? redactText(hideKnown(content.toString('utf8'), run.passwords)) : content;
      await scope.evidence.write(
        label,
        kind === '.zip' ? await redactTrace(content, run.passwords) : shownContent,
      );
    }
    if (result.status !== 'passed' && isBrowserFailure(result))
      throw new Error(`The browser failed: ${result.errors[0]}`);
    return result;
  };
}
