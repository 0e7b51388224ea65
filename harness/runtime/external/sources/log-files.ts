import { open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { ServiceName } from '../../../../platform/contracts/service.ts';
import { type LogSource, ofService } from './log-source.ts';

/** Maximum number of bytes that one call reads. */
const maxBytes = 4 * 1_024 * 1_024;

interface Position {
  inode: number;
  offset: number;
  decoder: StringDecoder;
}

/**
 * Reads the files to which the services of a target log, from their current ends. A file that was replaced or emptied
 * by a rotation is read from its beginning.
 * @param path with `{service}` in the place of the service's name
 */
export function openLogFiles(path: string): LogSource {
  const positions = new Map<ServiceName, Position>();
  return {
    async read(service) {
      const file = ofService(path, service);
      const { ino, size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
        throw new Error(`cannot read ${file}: ${error.code}`);
      });
      const known = positions.get(service);
      if (known === undefined) {
        positions.set(service, { inode: ino, offset: size, decoder: new StringDecoder('utf8') });
        return '';
      }
      if (known.inode !== ino || size < known.offset) {
        known.inode = ino;
        known.offset = 0;
        known.decoder = new StringDecoder('utf8');
      }
      const length = Math.min(size - known.offset, maxBytes);
      if (length <= 0) return '';
      await using handle = await open(file);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, known.offset);
      known.offset += bytesRead;
      return known.decoder.write(buffer.subarray(0, bytesRead));
    },
  };
}
