import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import type { Result } from '../../judge/result.ts';
import { canonicalJson } from '../../plan/canonical-json.ts';
import type { ReportTemplates } from '../load-templates.ts';
import { renderFailed } from '../render-error.ts';
import { reportView } from '../view/report-view.ts';
import { maxChecksAsMarkup, shortened, shownInLargeReport, storeOf } from './large-report.ts';

/**
 * The report as one HTML file that needs no network: it contains the style, the script and the full result, and its
 * content security policy allows nothing else. Text of services is never markup. With more than `maxChecksAsMarkup`
 * checks it contains the markup of all of them compressed instead of the result, and its script shows them in pages.
 * @throws ReadinessError `render-failed`
 */
export function renderHtmlReport(result: Result, templates: ReportTemplates): string {
  try {
    const css = unixLines(templates.css);
    const script = unixLines(templates.script);
    assertContained(css, 'style');
    assertContained(script, 'script');
    const handlebars = Handlebars.create();
    for (const [name, partial] of Object.entries(templates.partials))
      handlebars.registerPartial(name, partial);
    const template = handlebars.compile(templates.html, { strict: true });
    const isLarge = result.checks.length > maxChecksAsMarkup;
    const view = reportView(result, isLarge ? { maxReferences: shownInLargeReport } : {});
    const page = {
      css: new handlebars.SafeString(css),
      script: new handlebars.SafeString(script),
      policy: contentSecurityPolicy(css, script),
      shown: shownInLargeReport,
    };
    if (!isLarge)
      return template({ ...view, ...page, data: new handlebars.SafeString(jsonInHtml(result)), store: '' });
    const part = (name: string) => {
      const filled = handlebars.compile(`{{> ${name} this}}`, { strict: true });
      return (context: unknown): string => filled(context, { data: { root: view } });
    };
    const store = storeOf(view, {
      check: part('check'),
      blocker: part('blocker'),
      groupHeading: part('group-heading'),
    });
    return template({ ...shortened(view), ...page, data: '', store: new handlebars.SafeString(store) });
  } catch (cause) {
    throw renderFailed('report.html', cause);
  }
}

/**
 * The canonical JSON of a value, safe inside `<script type="application/json">`: no character can end the
 * element, open a comment or break a line of JavaScript.
 */
export function jsonInHtml(value: unknown): string {
  return canonicalJson(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Allows only this style and this script, if there is one. `data:` is for the empty icon. */
export function contentSecurityPolicy(css: string, script?: string): string {
  return [
    "default-src 'none'",
    `style-src ${hashSource(css)}`,
    ...(script === undefined ? [] : [`script-src ${hashSource(script)}`]),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}

/** Browsers convert CRLF to LF before they hash. */
function unixLines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

function assertContained(text: string, element: 'style' | 'script'): void {
  if (text.toLowerCase().includes(`</${element}`))
    throw new Error(`the ${element} must not contain </${element}`);
}
