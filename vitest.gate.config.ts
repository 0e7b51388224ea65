import { defineConfig } from 'vitest/config';
import { gate, ignored, withPlatforms } from './vitest.config.ts';

/** Each of these tests boots a whole platform, so two files at a time keep two cores busy. */
export default defineConfig({
  test: {
    ...withPlatforms,
    passWithNoTests: false,
    include: gate,
    exclude: ignored,
    maxWorkers: 2,
  },
});
