/**
 * What a page of ours may load: everything from here and nothing else. Styles may stand in the markup; of scripts only
 * those whose hash is named.
 */
export function contentPolicy(scripts: readonly string[] = []): string {
  return [
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "style-src 'self' 'unsafe-inline'",
    `script-src ${["'self'", ...scripts].join(" ")}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** What a page for everybody may load: the same, and the work against robots beside it; and where it may be shown. */
export function publicPolicy(within: readonly string[]): string {
  return [
    "default-src 'none'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    `frame-ancestors ${["'self'", ...within].join(" ")}`,
  ].join("; ");
}
