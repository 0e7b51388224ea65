/** The section of a check in docs/checks.md, relative to the repository. GitHub's anchor of the heading `<id>`. */
export function checkSection(id: string): string {
  return `docs/checks.md#${id.toLowerCase().replace(/[^a-z0-9_-]/g, '')}`;
}

/** The same as a link from a report in `reports/runs/<run id>/`. */
export function checkSectionLink(id: string): string {
  return `../../../${checkSection(id)}`;
}
