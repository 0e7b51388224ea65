import { open } from 'node:fs/promises';
import { type Extracted, ExtractionError } from './extracted.ts';

/** Dimensions stand near the beginning; big thumbnails and profiles may come before them. Bytes. */
const headBytes = 1024 * 1024;

/** @throws ExtractionError when the image does not tell how large it is */
export async function extractImage(path: string): Promise<Extracted> {
  const { imageSize } = await import('image-size');
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const { width, height, type, orientation } = imageSize(buffer.subarray(0, bytesRead));
    return {
      text: '',
      metadata: { width, height, format: type, ...(orientation === undefined ? {} : { orientation }) },
    };
  } catch (error) {
    throw new ExtractionError('The image is damaged.', { cause: error });
  } finally {
    await file.close();
  }
}
