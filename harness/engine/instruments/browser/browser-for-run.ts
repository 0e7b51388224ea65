import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';
import { BrowserRecord } from './browser-record.ts';
import { type OpenBrowser, type OpenBrowserOptions, openBrowser } from './open-browser.ts';

/** Maximum time of one browser action, milliseconds. */
const actionLimitMs = 8_000;

interface BrowserForRunOptions extends OpenBrowserOptions {
  /** See `CheckContext.patience`. */
  patience: number;
}

/** One browser for the whole run, started when the first check needs a context. */
export class BrowserForRun implements AsyncDisposable {
  readonly #options: BrowserForRunOptions;
  #opened: Promise<OpenBrowser> | undefined;

  constructor(options: BrowserForRunOptions) {
    this.#options = options;
  }

  /** A new context with its record; closing it first writes the record to the evidence. */
  async newContext(
    options: BrowserContextOptions,
  ): Promise<{ context: BrowserContext; close(evidence: EvidenceSink): Promise<void> }> {
    this.#opened ??= openBrowser(this.#options);
    const { browser } = await this.#opened;
    const context = await browser.newContext(options);
    context.setDefaultTimeout(actionLimitMs * this.#options.patience);
    const record = new BrowserRecord(context);
    return {
      context,
      close: async (evidence) => {
        await record.write(evidence);
        await context.close();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }
}
