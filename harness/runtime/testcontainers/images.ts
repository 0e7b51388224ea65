import { ReadinessError } from '../../errors/readiness-error.ts';
import type { Engine } from './engine.ts';

/** The images that a run needs besides the one that it builds. */
export interface StoreImages {
  postgres: string;
  redis: string;
}

export const defaultStoreImages: StoreImages = { postgres: 'postgres:16.9', redis: 'redis:7' };

/** The variable that replaces each image. */
export const imageVariables = {
  postgres: 'READINESS_POSTGRES_IMAGE',
  redis: 'READINESS_REDIS_IMAGE',
  platform: 'READINESS_PLATFORM_IMAGE',
  node: 'READINESS_NODE_IMAGE',
} as const;

/**
 * Provides an image: the one on the machine, else from its registry.
 * @throws ReadinessError (exit code 4) that names the image and the variable that replaces it
 */
export async function provideImage(engine: Engine, image: string, variable: string): Promise<void> {
  const { images, nameOf } = engine;
  const name = nameOf(image);
  if (await images.exists(name)) return;
  try {
    await images.pull(name);
  } catch (error) {
    throw new ReadinessError(
      'image-missing',
      `The image "${image}" is not on this machine, and its registry does not provide it: ${(error as Error).message}`,
      { hint: `Load the image (docker load), or name another one: ${variable}=<image>` },
    );
  }
}
