/**
 * Pairs of faults in parts that have nothing to do with each other. Under both, the report must name both root causes,
 * and nothing else before them. Each is written as `prove` and `reproduce` take it.
 */
export const combinations: readonly string[] = [
  // A service that does not start, and a store that loses what it holds.
  'configuration.unit-in-number=file-service+redis.evicts',
  // A service that the database rejects, and a page of another one.
  'database.wrong-password=user-service+frontend.error-page',
  // A service that has ended, and a control that is off everywhere.
  'service.down=mcp-server+security.headers-missing',
  // A store without a table, and a service that loses a part of what it is given.
  'database.no-table-workflows+files.cut-uploads',
];
