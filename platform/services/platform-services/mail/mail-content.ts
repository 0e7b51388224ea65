/** A mail before it has a form: the templates fill it, and `renderMail` alone turns it into text and HTML. */
export interface MailContent {
  subject: string;
  /** Paragraphs before the link. */
  paragraphs: readonly string[];
  /** The link of the mail, as a button. */
  link?: { label: string; url: string };
  /** Text of a user, shown as it is, with its line breaks. */
  quote?: string;
  /** Paragraphs after the link. */
  closing?: readonly string[];
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Maximum length of a subject, characters. */
const maxSubject = 200;
/** Line breaks and other control characters, which could begin another header. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** A text of a user within a sentence: one line, of bounded length. */
export function inline(text: string, maxLength = 80): string {
  const line = text.replace(controls, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] as string);
}

const footer = 'PyAirtable sends this mail because of an action in an account. Replies are not read.';

const buttonStyle =
  'display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none';

/** The mail as text and as HTML. All text is escaped; a subject is one line. */
export function renderMail({ subject, paragraphs, link, quote, closing = [] }: MailContent): RenderedMail {
  const text = [
    ...paragraphs,
    ...(quote === undefined ? [] : [quote]),
    ...(link === undefined ? [] : [`${link.label}:\n${link.url}`]),
    ...closing,
    `-- \n${footer}`,
  ].join('\n\n');
  const paragraph = (words: string) => `<p>${escapeHtml(words)}</p>`;
  const parts = [
    ...paragraphs.map(paragraph),
    ...(quote === undefined ? [] : [`<div style="white-space:pre-wrap">${escapeHtml(quote)}</div>`]),
    ...(link === undefined
      ? []
      : [
          `<p><a href="${escapeHtml(link.url)}" style="${buttonStyle}">${escapeHtml(link.label)}</a></p>`,
          `<p style="color:#4b5563">Or open this address: ${escapeHtml(link.url)}</p>`,
        ]),
    ...closing.map(paragraph),
    `<p style="color:#6b7280;font-size:13px">${escapeHtml(footer)}</p>`,
  ];
  return {
    subject: inline(subject, maxSubject),
    text: `${text}\n`,
    html: `<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5;color:#111827">${parts.join('')}</body></html>`,
  };
}
