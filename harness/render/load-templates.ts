import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { renderFailed } from './render-error.ts';

/** Texts that the reports are made from; renderers get them passed in and read no file. */
export interface ReportTemplates {
  html: string;
  css: string;
  script: string;
  markdown: string;
  /** Markdown of a judged assessment. */
  assessmentMarkdown: string;
  /** Handlebars partials of the HTML report by name. */
  partials: Readonly<Record<string, string>>;
}

/**
 * Reads the templates from a folder laid out like `reports/templates/`.
 * @throws ReadinessError `render-failed` when one cannot be read.
 */
export async function loadTemplates(
  folder: string,
  options: { signal?: AbortSignal } = {},
): Promise<ReportTemplates> {
  const read = (path: string) => readFile(join(folder, path), { encoding: 'utf8', ...options });
  try {
    const names = (await readdir(join(folder, 'partials'))).filter((name) => name.endsWith('.hbs')).sort();
    const [html, css, script, markdown, assessmentMarkdown, ...partials] = await Promise.all([
      read('report.html.hbs'),
      read('report.css'),
      read('report.js'),
      read('report.md.hbs'),
      read('assessment.md.hbs'),
      ...names.map((name) => read(join('partials', name))),
    ]);
    return {
      html,
      css,
      script,
      markdown,
      assessmentMarkdown,
      partials: Object.fromEntries(
        names.map((name, index) => [basename(name, '.hbs'), partials[index] ?? '']),
      ),
    };
  } catch (cause) {
    throw renderFailed('The report', cause);
  }
}
