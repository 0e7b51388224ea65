import { open } from 'node:fs/promises';
import { type Extracted, ExtractionError } from './extracted.ts';

/** Bytes to read: the dimensions are near the beginning, after thumbnails and color profiles. */
const headBytes = 1024 * 1024;

/** @throws ExtractionError when the image has no readable dimensions */
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
