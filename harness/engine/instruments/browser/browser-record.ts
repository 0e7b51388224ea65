import type { BrowserContext, Page } from 'playwright-core';
import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';
import { redact, redactText } from '../../../evidence/redact.ts';

/** Maximum number of entries of one kind in the evidence. */
const maxEntries = 200;

/** Errors, failed requests and visited pages of a browser context, and how its pages looked at the end. */
export class BrowserRecord {
  readonly #context: BrowserContext;
  readonly #console: { type: string; text: string; at: string }[] = [];
  readonly #pageErrors: string[] = [];
  readonly #failedRequests: { method: string; url: string; status: number | string }[] = [];
  readonly #visited: string[] = [];

  constructor(context: BrowserContext) {
    this.#context = context;
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      add(this.#console, { type: message.type(), text: message.text(), at: message.location().url });
    });
    context.on('weberror', (error) => add(this.#pageErrors, error.error().stack ?? error.error().message));
    context.on('response', (response) => {
      if (response.status() < 400) return;
      const request = response.request();
      add(this.#failedRequests, { method: request.method(), url: request.url(), status: response.status() });
    });
    context.on('requestfailed', (request) => {
      const status = request.failure()?.errorText ?? 'failed';
      add(this.#failedRequests, { method: request.method(), url: request.url(), status });
    });
    context.on('page', (page) => {
      page.on('framenavigated', (frame) => {
        if (frame === page.mainFrame()) add(this.#visited, frame.url());
      });
    });
  }

  /** Writes the record, and a screenshot and the text of every open page. A page without screenshot is no error. */
  async write(evidence: EvidenceSink): Promise<void> {
    const content = {
      visited: this.#visited,
      console: this.#console,
      pageErrors: this.#pageErrors,
      failedRequests: this.#failedRequests,
    };
    await evidence.write('browser.json', `${JSON.stringify(redact(content), null, 2)}\n`);
    for (const page of this.#context.pages()) await writePage(page, evidence);
  }
}

async function writePage(page: Page, evidence: EvidenceSink): Promise<void> {
  try {
    const screenshot = await page.screenshot({ type: 'jpeg', quality: 60, timeout: 2_000 });
    await evidence.write('page.jpg', screenshot);
    const text = await page.locator('body').textContent({ timeout: 1_000 });
    await evidence.write('page.txt', redactText(`${page.url()}\n\n${text}\n`));
  } catch (error) {
    await evidence.write(
      'page.txt',
      `No screenshot: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

function add<T>(list: T[], entry: T): void {
  if (list.length < maxEntries) list.push(entry);
}
