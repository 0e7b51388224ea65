import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptAtMost, type MemoryPoint } from './kept-memory.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

interface Process {
  /** Bytes that each request keeps. */
  leak: number;
  /** Bytes of garbage that each request makes, and that become old objects. */
  promoted: number;
  young: number;
  /** Requests between two looks, and between two collections of each kind. */
  look: number;
  minor: number;
  major: number;
  /** Garbage among the old objects at the beginning. */
  oldGarbage: number;
  /** Garbage among the old objects that a collection of them leaves, at most. */
  unjudged: number;
}

/** What /metrics of a process shows while it handles 2,400 requests. */
function pointsOf({ leak, promoted, young, look, minor, major, ...old }: Process): MemoryPoint[] {
  const points: MemoryPoint[] = [];
  const sizes = { old: 40 * mebibyte, oldGarbage: old.oldGarbage, survived: 0, survivedGarbage: 0 };
  let fresh = { kept: 0, promoted: 0, garbage: 0 };
  const collectYoung = () => {
    sizes.old += sizes.survived;
    sizes.oldGarbage += sizes.survivedGarbage;
    [sizes.survived, sizes.survivedGarbage] = [fresh.kept, fresh.promoted];
    fresh = { kept: 0, promoted: 0, garbage: 0 };
  };
  let collections = 0;
  for (let request = 0; request <= 2_400; request += 1) {
    if (request % minor === 0) collectYoung();
    if (request % major === major - 1) {
      collectYoung();
      collectYoung();
      // Less after every other collection: one that begins a pair has more than one that ends it.
      sizes.oldGarbage = Math.min(sizes.oldGarbage, collections % 2 === 0 ? old.unjudged : 0);
      collections += 1;
    }
    // Looks at uneven distances: they do not keep step with the collections.
    if (request % look === 0 || request % 31 === 0)
      points.push({
        requests: request,
        oldBytes: sizes.old + sizes.oldGarbage,
        youngBytes: sizes.survived + sizes.survivedGarbage + fresh.kept + fresh.promoted + fresh.garbage,
        externalBytes: 2 * mebibyte,
        majorCollections: collections,
        completedRequests: request,
      });
    fresh.kept += leak;
    fresh.promoted += promoted;
    fresh.garbage += young;
  }
  return points;
}

const process = fc.record({
  leak: fc.constant(0),
  promoted: fc.integer({ min: 0, max: 3 * kibibyte }),
  young: fc.integer({ min: 20 * kibibyte, max: 200 * kibibyte }),
  look: fc.integer({ min: 7, max: 60 }),
  minor: fc.integer({ min: 20, max: 100 }),
  major: fc.integer({ min: 500, max: 5_000 }),
  oldGarbage: fc.integer({ min: 0, max: 80 * mebibyte }),
  unjudged: fc.constant(0),
});

describe('the memory that requests keep', () => {
  it('is never proven to be less than what a leak keeps, whenever garbage is collected', () => {
    fc.assert(
      fc.property(process, fc.integer({ min: 15, max: 100 }), (one, kept) => {
        // At a look right after a collection some requests' garbage may already be old: a tenth is that.
        const proven = keptAtMost(pointsOf({ ...one, leak: kept * kibibyte })) ?? Number.POSITIVE_INFINITY;
        expect(proven).toBeGreaterThan(kept * kibibyte * 0.9);
      }),
    );
  });

  it('is too much for a leak of 20 KiB while collections of old objects leave garbage to later ones', () => {
    fc.assert(
      fc.property(
        process,
        fc.integer({ min: 40, max: 5_000 }),
        fc.integer({ min: 0, max: 4 * mebibyte }),
        (one, major, unjudged) => {
          const proven =
            keptAtMost(pointsOf({ ...one, leak: 20 * kibibyte, major, unjudged })) ??
            Number.POSITIVE_INFINITY;
          expect(proven).toBeGreaterThan(12 * kibibyte);
        },
      ),
    );
  });

  it('is proven to be little when nothing is kept, within 2,400 requests', () => {
    fc.assert(
      fc.property(process, (one) => {
        expect(keptAtMost(pointsOf(one))).toBeLessThan(12 * kibibyte);
      }),
    );
  });

  it('counts buffers outside of the heap', () => {
    const points = pointsOf({
      leak: 0,
      promoted: 0,
      young: 50 * kibibyte,
      look: 10,
      minor: 50,
      major: 5_000,
      oldGarbage: 0,
      unjudged: 0,
    });
    const leaking = points.map((point) => ({ ...point, externalBytes: point.requests * 20 * kibibyte }));
    expect(keptAtMost(leaking)).toBeGreaterThan(19 * kibibyte);
  });

  it('is unknown without two points that are far apart', () => {
    expect(keptAtMost([])).toBeUndefined();
    const still = pointsOf({
      leak: 0,
      promoted: 0,
      young: kibibyte,
      look: 10,
      minor: 50,
      major: 5_000,
      oldGarbage: 0,
      unjudged: 0,
    });
    expect(keptAtMost(still.map((point) => ({ ...point, requests: 0 })))).toBeUndefined();
  });
});
