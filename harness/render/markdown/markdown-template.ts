import Handlebars from 'handlebars';
import type { LogLine } from '../../evidence/facts.ts';
import { markdownBlock, markdownCode, markdownText } from './markdown-text.ts';

/**
 * Fills a Handlebars template of Markdown. Untrusted text must go through the helpers `text`, `code`, `fence`
 * and `logs`, which escape it. Values in bare braces are written unescaped.
 * @throws Error if the template is invalid or uses an unknown field.
 */
export function fillMarkdown(template: string, view: object): string {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    text: (value: unknown) => markdownText(String(value)),
    code: (value: unknown) => markdownCode(String(value)),
    fence: (value: unknown) => markdownBlock([String(value)]),
    logs: (lines: readonly LogLine[]) =>
      markdownBlock(lines.map(({ service, text }) => `${service}: ${text}`)),
  });
  const text = handlebars.compile(template, { strict: true, noEscape: true })(view);
  return `${text.replace(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}
