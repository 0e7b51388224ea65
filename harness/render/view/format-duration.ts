/** `132 ms`, `1.9 s`, `2 min 05 s`. Rounded down, so a duration within a limit never shows as above it. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.floor(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(Math.floor(milliseconds / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
