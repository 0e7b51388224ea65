const boundary = 'readiness-boundary';

/** A multipart form with one small text file. */
export function fileForm(name: string, content: string): { body: string; headers: Record<string, string> } {
  return {
    body: `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: text/plain\r\n\r\n${content}\r\n--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}
