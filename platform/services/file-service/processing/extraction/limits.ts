/** What an Office document may unpack to. */
export const archiveLimits = {
  entries: 10_000,
  bytes: 256 * 1024 ** 2,
  /** Of the parts that are parsed. */
  xmlBytes: 64 * 1024 ** 2,
  /** Unpacked to packed; real documents stay below 30. */
  ratio: 100,
  /** Up to this size the ratio does not matter, bytes. */
  ratioFreeBytes: 8 * 1024 ** 2,
} as const;

/** What is kept of a file's content. */
export const extractionLimits = {
  /** UTF-16 code units. */
  text: 1_000_000,
  rows: 5_000,
  columns: 500,
  /** UTF-16 code units. */
  cell: 10_000,
  /** Of all rows as JSON, UTF-16 code units. */
  rowsLength: 4_000_000,
  /** Largest JSON document that is parsed, bytes. */
  jsonBytes: 32 * 1024 ** 2,
  pages: 2_000,
} as const;

/** What one extraction may use. */
export const workerLimits = {
  milliseconds: 60_000,
  heapMegabytes: 384,
} as const;
