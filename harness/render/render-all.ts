import { ReadinessError } from '../errors/readiness-error.ts';
import type { Result } from '../judge/result.ts';
import { resultJsonSchema } from '../judge/result-schema.ts';
import { canonicalJson } from '../plan/canonical-json.ts';
import { renderHtmlReport } from './html/html-report.ts';
import { renderJunit } from './junit/junit.ts';
import type { ReportTemplates } from './load-templates.ts';
import { renderMarkdownReport } from './markdown/markdown-report.ts';
import { renderFailed } from './render-error.ts';

export interface RenderedFile {
  /** Name within the run folder. */
  name: string;
  content: string;
}

export interface RenderedReports {
  files: readonly RenderedFile[];
  /** One per file that could not be rendered. If there is any, the command must not exit with 0. */
  errors: readonly { name: string; error: ReadinessError }[];
}

/** Renders every report of a judged run, the one for people first. A failed renderer does not stop the others. */
export function renderAll(result: Result, options: { templates: ReportTemplates }): RenderedReports {
  const { templates } = options;
  const renderers: Readonly<Record<string, () => string>> = {
    'report.html': () => renderHtmlReport(result, templates),
    'report.md': () => renderMarkdownReport(result, templates),
    'junit.xml': () => renderJunit(result),
    'result.json': () => canonicalJson(result),
    'result.schema.json': () => canonicalJson(resultJsonSchema()),
  };
  const files: RenderedFile[] = [];
  const errors: { name: string; error: ReadinessError }[] = [];
  for (const [name, render] of Object.entries(renderers)) {
    try {
      files.push({ name, content: render() });
    } catch (error) {
      errors.push({ name, error: error instanceof ReadinessError ? error : renderFailed(name, error) });
    }
  }
  return { files, errors };
}
