import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

export interface PageTimes {
  /** From the navigation until the list of checks and its filter can be used, milliseconds. */
  usableMs: number;
  /** The slowest key, from its event until the next frame is shown, milliseconds. */
  slowestKeyMs: number;
  /** Processor time of the page's main thread until the list can be used, milliseconds. */
  usableProcessorMs: number;
  /** Processor time of the page's main thread for the slowest key, milliseconds. */
  slowestKeyProcessorMs: number;
  /** Number of elements of the page. */
  elements: number;
}

/** What a reader types: a part of many ids, of few and of none. */
const typed = ['check-0000', 'part-12.', 'returned 502', 'nothing like this'];

/** Opens a report as a reader does, and types into its filter. */
export async function measurePage(browser: Browser, html: string, folder: string): Promise<PageTimes> {
  const file = join(folder, 'report.html');
  await writeFile(file, html);
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  const processorMs = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  try {
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const startedMs = await processorMs();
    await page.goto(pathToFileURL(file).href, { timeout: 120_000 });
    await page.locator('#filter:not([hidden])').waitFor({ timeout: 120_000 });
    const usableMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
        }),
    );
    const usableProcessorMs = (await processorMs()) - startedMs;
    const keys: number[] = [];
    const keysProcessor: number[] = [];
    for (const text of typed) {
      await page.locator('#filter-text').fill('');
      for (let length = 1; length <= text.length; length += 1) {
        const before = await processorMs();
        keys.push(await page.evaluate(typeInto, text.slice(0, length)));
        keysProcessor.push((await processorMs()) - before);
      }
    }
    const elements = await page.evaluate(() => document.querySelectorAll('*').length);
    return {
      usableMs,
      slowestKeyMs: Math.max(...keys),
      usableProcessorMs,
      slowestKeyProcessorMs: Math.max(...keysProcessor),
      elements,
    };
  } finally {
    await page.close();
  }
}

/** Runs in the page: sets the text as a key would, and waits until the frame with its effect is shown. */
function typeInto(text: string): Promise<number> {
  const field = document.querySelector<HTMLInputElement>('#filter-text');
  if (!field) throw new Error('The page has no filter.');
  const startedAt = performance.now();
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt), 0));
  });
}
