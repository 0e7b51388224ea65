/** Tools that are a Python with a package: `python` has pyairtable, the others have the package of their name. */
export const pythonTools = ['python', 'schemathesis', 'openapi-python-client', 'openapi-generator'] as const;
export type PythonTool = (typeof pythonTools)[number];

/** External programs of a full run. */
export type ToolName =
  | 'redis-server'
  | 'chromium'
  | 'k6'
  | PythonTool
  | 'mcp-conformance'
  | 'promtool'
  | 'monitoring';

/** Where the installed tools are; what is missing has no entry. */
export type ToolPaths = Readonly<Partial<Record<ToolName, string>>>;
