/**
 * Yields the data of server-sent events as they arrive
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). It reads only the field `data`. Text after the
 * last blank line is not an event.
 * @throws RangeError for more than `limit` bytes
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let size = 0;
  let rest = '';
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`more than ${limit} bytes`);
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).replace(/^ /, ''));
      if (data.length > 0) yield data.join('\n');
    }
  }
}
