import type { Result } from '../../judge/result.ts';
import type { ReportTemplates } from '../load-templates.ts';
import { renderFailed } from '../render-error.ts';
import { reportView } from '../view/report-view.ts';
import { fillMarkdown } from './markdown-template.ts';

/**
 * The report as GitHub-flavoured Markdown, for pull requests and step summaries.
 * @throws ReadinessError `render-failed`
 */
export function renderMarkdownReport(result: Result, templates: ReportTemplates): string {
  try {
    return fillMarkdown(templates.markdown, reportView(result));
  } catch (cause) {
    throw renderFailed('report.md', cause);
  }
}
