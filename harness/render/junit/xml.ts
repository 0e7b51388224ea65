/** One element: attributes in the given order, then text, then child elements. */
export interface XmlElement {
  name: string;
  attributes?: Readonly<Record<string, string | number>>;
  children?: readonly XmlElement[];
  /** Written before the children. */
  text?: string;
}

/** An XML 1.0 document. It is well-formed for any text: see `escapeXml`. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root, '')}\n`;
}

/**
 * Escapes markup, and the line breaks and tabs that a parser would turn into spaces within an attribute.
 * Characters that XML 1.0 does not allow, even escaped, become U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[<>&"'\t\n\r\u0085\u2028]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function write(element: XmlElement, indent: string): string {
  const attributes = Object.entries(element.attributes ?? {})
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
  const open = `${indent}<${element.name}${attributes}`;
  const { text = '', children = [] } = element;
  if (text === '' && children.length === 0) return `${open}/>`;
  const body = escapeText(text);
  if (children.length === 0) return `${open}>${body}</${element.name}>`;
  const inner = children.map((child) => write(child, `${indent}  `)).join('\n');
  return `${open}>${body}\n${inner}\n${indent}</${element.name}>`;
}

/** Text keeps its line breaks and tabs for readability. */
function escapeText(text: string): string {
  return text
    .split(/(\n|\t)/u)
    .map((part) => (part === '\n' || part === '\t' ? part : escapeXml(part)))
    .join('');
}
