import Handlebars from 'handlebars';
import type { LogLine } from '../judge/facts.ts';
import type { Result } from '../judge/result.ts';
import type { ReportTemplates } from './load-templates.ts';
import { markdownBlock, markdownCode, markdownText } from './markdown-text.ts';
import { renderFailed } from './render-error.ts';
import { reportView } from './report-view.ts';

/**
 * The report as GitHub-flavoured Markdown, for step summaries and mail. Foreign text goes through the
 * helpers `text`, `code`, `fence` and `logs`, which keep it from being read as markup.
 * @throws ReadinessError `render-failed`
 */
export function renderMarkdownReport(result: Result, templates: ReportTemplates): string {
  try {
    const handlebars = Handlebars.create();
    handlebars.registerHelper({
      text: (value: unknown) => markdownText(String(value)),
      code: (value: unknown) => markdownCode(String(value)),
      fence: (value: unknown) => markdownBlock([String(value)]),
      logs: (lines: readonly LogLine[]) =>
        markdownBlock(lines.map(({ service, text }) => `${service}: ${text}`)),
    });
    const template = handlebars.compile(templates.markdown, { strict: true, noEscape: true });
    return `${template(reportView(result))
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`;
  } catch (cause) {
    throw renderFailed('report.md', cause);
  }
}
