import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../judge/judge.ts';
import { largeRun } from '../../testing/large-run.ts';
import { renderJunit } from '../junit/junit.ts';
import { loadTemplates } from '../load-templates.ts';
import { hostileTexts, resultSaying } from '../testing/hostile-result.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { timedResult } from '../testing/sample-timeline.ts';
import { renderHtmlReport } from './html-report.ts';

const executablePath = [
  ...(process.env.PATH ?? '')
    .split(':')
    .flatMap((folder) => [join(folder, 'chromium'), join(folder, 'google-chrome')]),
].find((path) => existsSync(path));
const templates = await loadTemplates(fileURLToPath(new URL('../../../reports/templates', import.meta.url)));

describe.skipIf(!executablePath)('the HTML report in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readiness-report-'));
    browser = await chromium.launch({
      ...(executablePath ? { executablePath } : {}),
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (html: string, options: Parameters<Browser['newContext']>[0] = {}) => {
    const file = join(folder, 'report.html');
    await writeFile(file, html);
    const context: BrowserContext = await browser.newContext(options);
    const page = await context.newPage();
    const messages: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, messages, requests, [Symbol.asyncDispose]: () => context.close() };
  };

  /** A report of 1,500 checks, of which each says a text as its reason. */
  const openLarge = async (says?: string, options: Parameters<Browser['newContext']>[0] = {}) => {
    const { plan, facts, manifest } = largeRun('mixed', 1_500);
    const result = judge(plan, facts, manifest);
    const checks = result.checks.map((check) =>
      says === undefined ? check : { ...check, explanation: says },
    );
    const opened = await open(renderHtmlReport({ ...result, checks }, templates), options);
    if (options.javaScriptEnabled !== false) await opened.page.locator('#filter:visible').waitFor();
    return opened;
  };

  const openOnPhone = async (css: string) => {
    const phone = { viewport: { width: 390, height: 800 }, bypassCSP: true };
    const opened = await open(renderHtmlReport(timedResult(), templates), phone);
    await opened.page.addStyleTag({ content: css });
    for (const details of await opened.page.locator('details').all())
      await details.evaluate((element) => element.setAttribute('open', ''));
    return opened;
  };
  const overflowing = (page: Page, selector: string) =>
    page.evaluate(
      (selected) =>
        [...document.querySelectorAll(selected)]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => `${element.tagName} ${element.id} ${element.scrollWidth}`),
      selector,
    );

  it('applies its own style and script under its policy and loads nothing else', async () => {
    await using opened = await open(renderHtmlReport(sampleResult(), templates));
    const { page, messages, requests } = opened;
    expect(messages).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
    expect(await page.locator('h1').evaluate((heading) => getComputedStyle(heading).fontWeight)).toBe('700');
    expect(await page.locator('.command button').count()).toBeGreaterThan(0);
  });

  it('executes no text of a service', async () => {
    await using opened = await open(renderHtmlReport(sampleResult(), templates));
    const { page, messages } = opened;
    for (const text of hostileTexts) {
      await writeFile(join(folder, 'report.html'), renderHtmlReport(resultSaying(text), templates));
      await page.reload();
      expect(messages).toEqual([]);
      expect(await page.evaluate(() => 'broken' in globalThis)).toBe(false);
      expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).toBe(0);
    }
  });

  it('filters the checks by outcome and text, and opens a linked check', async () => {
    await using opened = await open(renderHtmlReport(sampleResult(), templates));
    const { page } = opened;
    await page.getByRole('searchbox').fill('wrong-password');
    expect(await page.locator('.check:visible').count()).toBe(1);
    expect(await page.locator('#filter-count').textContent()).toBe('1 of 10 checks');
    await page.getByRole('checkbox', { name: 'blocked' }).uncheck();
    expect(await page.locator('.check:visible').count()).toBe(0);
    await page.locator('.blocker .tags a').click();
    await page.locator('.check[open]').waitFor();
    expect(await page.locator('.check[open]:visible').getAttribute('id')).toBe(
      'check-services.platform-services.ready',
    );
  });

  it('shows everything without JavaScript', async () => {
    await using opened = await open(renderHtmlReport(sampleResult(), templates), {
      javaScriptEnabled: false,
    });
    const { page } = opened;
    expect(await page.locator('.check:visible').count()).toBe(10);
    expect(await page.locator('#filter').isVisible()).toBe(false);
    await page.locator('.check summary').first().click();
    expect(await page.locator('.check .body').first().isVisible()).toBe(true);
  });

  it('pages the checks of a large report, and opens a linked one wherever it is', async () => {
    await using opened = await openLarge();
    const { page, messages } = opened;
    expect(await page.locator('.check').count()).toBe(100);
    expect(await page.locator('#filter-count').textContent()).toBe('1500 of 1500 checks');
    await page
      .getByRole('navigation', { name: 'Pages of checks' })
      .getByRole('button', { name: 'Next' })
      .click();
    const place = page.getByRole('navigation', { name: 'Pages of checks' }).getByRole('status');
    expect(await place.textContent()).toBe('101–200 of 1500 checks');
    await page.getByRole('searchbox').fill('CHECK-00000');
    expect(await page.locator('.check:visible').count()).toBe(10);
    expect(await page.locator('#filter-count').textContent()).toBe('10 of 1500 checks');
    await page.getByRole('checkbox', { name: 'fail' }).uncheck();
    expect(await page.locator('.check[data-outcome=fail]').count()).toBe(0);
    await page.evaluate(() => {
      location.hash = '#check-security.item-7';
    });
    await page.locator('.check[open]').waitFor();
    expect(await page.locator('.check[open]').getAttribute('id')).toBe('check-security.item-7');
    expect(await page.locator('.check[open] .command button').count()).toBe(1);
    expect(await page.locator('#shortened').isVisible()).toBe(false);
    expect(messages).toEqual([]);
  });

  it('executes no text of a service in a large report, and finds it as it was', async () => {
    const hostile = hostileTexts.join(' ').replaceAll(/\p{Cc}|\p{Cs}|\ufffe/gu, '');
    await using opened = await openLarge(hostile);
    const { page, messages } = opened;
    for (const text of ['"><svg onload=', "' onmouseover='globalThis", '&amp;']) {
      await page.getByRole('searchbox').fill(text);
      expect(await page.locator('.check').count()).toBe(text === '&amp;' ? 0 : 100);
    }
    expect(messages).toEqual([]);
    expect(await page.evaluate(() => 'broken' in globalThis)).toBe(false);
    expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).toBe(0);
  });

  it('shows the checks that do not pass of a large report without JavaScript', async () => {
    await using opened = await openLarge(undefined, { javaScriptEnabled: false });
    const { page } = opened;
    expect(await page.locator('.check:visible').count()).toBe(100);
    expect(await page.locator('.check[data-outcome=pass]').count()).toBe(0);
    expect(await page.locator('#shortened').isVisible()).toBe(true);
  });

  it.each([
    ['the default font', 'inherit'],
    ['Liberation', '"Liberation Sans", Arial, sans-serif'],
    ['DejaVu', '"DejaVu Sans", Verdana, sans-serif'],
  ])('fits a phone without horizontal scrolling in %s', async (_name, font) => {
    await using opened = await openOnPhone(`* { font-family: ${font} !important; }`);
    expect(await overflowing(opened.page, 'html, main > section')).toEqual([]);
  });

  it.each([
    ['a monospaced font', '* { font-family: "DejaVu Sans Mono", "Liberation Mono", monospace !important; }'],
    ['a font that is 50 % wider', '* { letter-spacing: 0.3em !important; }'],
    ['large text', 'html { font-size: 150% !important; }'],
  ])('never scrolls the page horizontally on a phone with %s', async (_name, css) => {
    await using opened = await openOnPhone(css);
    expect(await overflowing(opened.page, 'html')).toEqual([]);
  });

  it('has readable text in light and dark mode (WCAG AA, 4.5 to 1)', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await open(renderHtmlReport(timedResult(), templates), { colorScheme });
      const tooFaint = await opened.page.evaluate(() => {
        const luminance = (colour: string) => {
          const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
            const share = Number(part) / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const backgroundOf = (element: Element | null): string => {
          if (!element) return 'rgb(255, 255, 255)';
          const colour = getComputedStyle(element).backgroundColor;
          return colour === 'rgba(0, 0, 0, 0)' ? backgroundOf(element.parentElement) : colour;
        };
        const found = new Set<string>();
        for (const element of document.querySelectorAll('body *:not(script):not(svg):not(svg *)')) {
          const hasText = [...element.childNodes].some(
            (node) => node.nodeType === 3 && node.textContent?.trim(),
          );
          if (!hasText) continue;
          const one = luminance(getComputedStyle(element).color);
          const other = luminance(backgroundOf(element));
          const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
          if (ratio < 4.5) found.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
        }
        return [...found];
      });
      expect(tooFaint).toEqual([]);
    }
  });

  it('comes with a JUnit file that an XML parser accepts for any text', async () => {
    await using opened = await open('<!doctype html><title>empty</title>');
    for (const text of hostileTexts) {
      const errors = await opened.page.evaluate(
        (xml) => {
          const parsed = new DOMParser().parseFromString(xml, 'application/xml');
          return parsed.querySelectorAll('parsererror').length;
        },
        renderJunit(resultSaying(text)),
      );
      expect(errors).toBe(0);
    }
  });
});
