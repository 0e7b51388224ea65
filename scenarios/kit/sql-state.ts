/** SQLSTATE of a missing privilege. */
export const insufficientPrivilege = '42501';

/** The SQLSTATE that a statement fails with; `done` when it succeeds. */
export function sqlStateOf(statement: Promise<unknown>): Promise<string> {
  return statement.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}
