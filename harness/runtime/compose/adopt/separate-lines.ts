import type { LogLine } from '../../../evidence/facts.ts';

export type Line = Pick<LogLine, 'stream' | 'text'>;

/** Length of the header of a frame, bytes: the stream, three zeros, and the length of the rest as 32 bits. */
const headerLength = 8;

/**
 * The lines of a container's log, those of standard output first.
 * @param output frames of both streams, as the engine sends them
 * @param terminal whether the container has a terminal: then its output is one stream without frames
 */
export function separateLines(output: Buffer, terminal: boolean): Line[] {
  const chunks: Record<LogLine['stream'], Buffer[]> = { stdout: [], stderr: [] };
  if (terminal) chunks.stdout.push(output);
  for (let at = 0; !terminal && at + headerLength <= output.length; ) {
    const end = at + headerLength + output.readUInt32BE(at + 4);
    chunks[output[at] === 2 ? 'stderr' : 'stdout'].push(output.subarray(at + headerLength, end));
    at = end;
  }
  return (['stdout', 'stderr'] as const).flatMap((stream) =>
    Buffer.concat(chunks[stream])
      .toString('utf8')
      .split(/\r?\n/)
      .filter(Boolean)
      .map((text) => ({ stream, text })),
  );
}
