import type { ReceivedMail } from './mailbox.ts';

interface Entity {
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** Splits headers from the body and joins continued header lines (RFC 5322). */
function readEntity(source: string): Entity {
  const end = source.indexOf('\r\n\r\n');
  const head = end === -1 ? source : source.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.replaceAll(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: end === -1 ? '' : source.slice(end + 4) };
}

function quotedPrintable(text: string): Buffer {
  const bytes = text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function decodeBody({ headers, body }: Entity): string {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding === 'quoted-printable') return quotedPrintable(body).toString('utf8');
  return Buffer.from(body, 'latin1').toString('utf8');
}

/** Encoded words of a header (RFC 2047); spaces between two of them do not count. */
function decodeHeader(value = ''): string {
  return value
    .replaceAll(/(\?=)\s+(=\?)/g, '$1$2')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_match, kind: string, text: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : quotedPrintable(text.replaceAll('_', ' ')).toString('utf8'),
    );
}

/** All parts that are not made of parts. */
function leaves(entity: Entity): Entity[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(entity.headers.get('content-type') ?? '')?.[1];
  if (boundary === undefined) return [entity];
  return `\r\n${entity.body}`
    .split(`\r\n--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .flatMap((part) => leaves(readEntity(part.replace(/^[ \t]*\r\n/, ''))));
}

/** Reads a mail in the format of `.eml` files. @param source its bytes as latin1 */
export function readMail(file: string, source: string): ReceivedMail {
  const mail = readEntity(source.replaceAll(/\r?\n/g, '\r\n'));
  const parts = leaves(mail);
  const partOf = (type: string): string => {
    const part = parts.find(({ headers }) => (headers.get('content-type') ?? 'text/plain').startsWith(type));
    return part === undefined ? '' : decodeBody(part).replaceAll('\r\n', '\n');
  };
  const text = partOf('text/plain');
  return {
    file,
    messageId: mail.headers.get('message-id') ?? '',
    from: decodeHeader(mail.headers.get('from')),
    to: decodeHeader(mail.headers.get('to')),
    subject: decodeHeader(mail.headers.get('subject')),
    text,
    html: partOf('text/html'),
    links: text.match(/https?:\/\/\S+/g) ?? [],
  };
}
