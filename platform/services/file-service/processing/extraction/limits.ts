/** Maximum contents of an Office document. */
export const archiveLimits = {
  entries: 10_000,
  /** Total unpacked size. */
  bytes: 256 * 1024 ** 2,
  /** Unpacked size of the parts that are parsed. */
  xmlBytes: 64 * 1024 ** 2,
  /** Unpacked to packed size; real documents stay below 30. */
  ratio: 100,
  /** Unpacked size up to which the ratio is not limited. */
  ratioFreeBytes: 8 * 1024 ** 2,
} as const;

/** Maximum extracted content of a file. */
export const extractionLimits = {
  /** UTF-16 code units. */
  text: 1_000_000,
  rows: 5_000,
  columns: 500,
  /** UTF-16 code units. */
  cell: 10_000,
  /** All rows as JSON, UTF-16 code units. */
  rowsLength: 4_000_000,
  /** Maximum size of a JSON document that is parsed. */
  jsonBytes: 32 * 1024 ** 2,
  pages: 2_000,
} as const;

/** Maximum resources of one extraction. */
export const workerLimits = {
  milliseconds: 60_000,
  heapMegabytes: 384,
} as const;
