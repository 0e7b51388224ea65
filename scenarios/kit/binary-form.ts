const boundary = 'readiness-binary-boundary';

/** A multipart form with one file of any bytes. The name is sent as it is. */
export function binaryForm(
  name: string,
  content: Uint8Array,
  contentType = 'application/octet-stream',
): { body: Buffer; headers: Record<string, string> } {
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: ${contentType}\r\n\r\n`;
  return {
    body: Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}
