export interface FormFile {
  filename: string | undefined;
  contentType?: string;
  content: Buffer | string;
  /** Name of the part; default `file`. */
  part?: string;
}

export const boundary = 'x-boundary-of-the-test';
export const formType = `multipart/form-data; boundary=${boundary}`;

/** The bytes of a multipart form, with names as given. */
export function form(files: readonly FormFile[], fields: Readonly<Record<string, string>> = {}): Buffer {
  const parts: (Buffer | string)[] = [];
  for (const [name, value] of Object.entries(fields))
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  for (const { filename, contentType, content, part = 'file' } of files) {
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${part}"`);
    if (filename !== undefined) parts.push(`; filename="${filename}"`);
    if (contentType !== undefined) parts.push(`\r\nContent-Type: ${contentType}`);
    parts.push('\r\n\r\n', content, '\r\n');
  }
  parts.push(`--${boundary}--\r\n`);
  return Buffer.concat(parts.map((one) => Buffer.from(one)));
}
