import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { renderFailed } from './render-error.ts';

/** The templates of the reports. Renderers receive them and read no files. */
export interface ReportTemplates {
  html: string;
  css: string;
  script: string;
  markdown: string;
  /** Handlebars partials of the HTML report by name. */
  partials: Readonly<Record<string, string>>;
}

/**
 * Reads the templates from a folder like `reports/templates/`.
 * @throws ReadinessError `render-failed` if one cannot be read.
 */
export async function loadTemplates(folder: string): Promise<ReportTemplates> {
  const read = (path: string) => readFile(join(folder, path), 'utf8');
  try {
    const names = (await readdir(join(folder, 'partials'))).filter((name) => name.endsWith('.hbs')).sort();
    const [html, css, script, markdown, ...partials] = await Promise.all([
      read('report.html.hbs'),
      read('report.css'),
      read('report.js'),
      read('report.md.hbs'),
      ...names.map((name) => read(join('partials', name))),
    ]);
    return {
      html,
      css,
      script,
      markdown,
      partials: Object.fromEntries(
        names.map((name, index) => [basename(name, '.hbs'), partials[index] ?? '']),
      ),
    };
  } catch (cause) {
    throw renderFailed('The report', cause);
  }
}
