import type { BrowserContext, Page } from 'playwright-core';
import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';
import { redact, redactText } from '../../../evidence/redact.ts';

/** Most entries of one kind that the evidence keeps. */
const keptEntries = 200;

/** What a browser context complained about, and how its pages looked at the end. */
export class BrowserRecord {
  readonly #context: BrowserContext;
  readonly #console: { type: string; text: string; at: string }[] = [];
  readonly #pageErrors: string[] = [];
  readonly #badAnswers: { method: string; url: string; status: number | string }[] = [];
  readonly #visited: string[] = [];

  constructor(context: BrowserContext) {
    this.#context = context;
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      keep(this.#console, { type: message.type(), text: message.text(), at: message.location().url });
    });
    context.on('weberror', (error) => keep(this.#pageErrors, error.error().stack ?? error.error().message));
    context.on('response', (response) => {
      if (response.status() < 400) return;
      const request = response.request();
      keep(this.#badAnswers, { method: request.method(), url: request.url(), status: response.status() });
    });
    context.on('requestfailed', (request) => {
      const status = request.failure()?.errorText ?? 'failed';
      keep(this.#badAnswers, { method: request.method(), url: request.url(), status });
    });
    context.on('page', (page) => {
      page.on('framenavigated', (frame) => {
        if (frame === page.mainFrame()) keep(this.#visited, frame.url());
      });
    });
  }

  /** Keeps the record and a picture of every page that is still open. A page that cannot be drawn is no error. */
  async write(evidence: EvidenceSink): Promise<void> {
    const content = {
      visited: this.#visited,
      console: this.#console,
      pageErrors: this.#pageErrors,
      badAnswers: this.#badAnswers,
    };
    await evidence.write('browser.json', `${JSON.stringify(redact(content), null, 2)}\n`);
    for (const page of this.#context.pages()) await keepPage(page, evidence);
  }
}

async function keepPage(page: Page, evidence: EvidenceSink): Promise<void> {
  try {
    const picture = await page.screenshot({ type: 'jpeg', quality: 60, timeout: 2_000 });
    await evidence.write('page.jpg', picture);
    const text = await page.locator('body').textContent({ timeout: 1_000 });
    await evidence.write('page.txt', redactText(`${page.url()}\n\n${text}\n`));
  } catch (error) {
    await evidence.write(
      'page.txt',
      `No picture: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

function keep<T>(list: T[], entry: T): void {
  if (list.length < keptEntries) list.push(entry);
}
