import type { PublicLanguage } from "../public-language.ts";

const signs: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as it stands in HTML. */
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (it) => signs[it]!);

/** A page for whoever follows a link of a mail: no script, no cookie, nothing from elsewhere. */
export function mailPage(
  language: PublicLanguage,
  { name, title, told }: { name: string; title: string; told: string },
) {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escaped(title)} · ${escaped(name)}</title><style>
:root { color-scheme: light dark; --line: light-dark(#d8d6cf, #45433d); --soft: light-dark(#5d5a52, #b5b1a6); --accent: light-dark(#155e4f, #7fd1bd); --on: light-dark(#fff, #10211c); }
body { margin: 0; font: 16px/1.6 system-ui, sans-serif; background: light-dark(#f7f6f2, #1b1a17); color: light-dark(#21201c, #ece9e1); }
main { max-width: 30rem; margin: 10vh auto; padding: 2rem; background: light-dark(#fff, #252420); border: 1px solid var(--line); border-radius: 12px; }
.name { color: var(--soft); font-size: .875rem; } h1 { font-size: 1.375rem; line-height: 1.3; margin: .25rem 0 1rem; }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; } legend, .label { font-weight: 600; padding: 0; margin-bottom: .25rem; display: block; }
.row { display: flex; gap: .625rem; padding: .5rem 0; border-bottom: 1px solid var(--line); } .row input { margin-top: .375rem; } small { color: var(--soft); display: block; }
select { font: inherit; padding: .5rem; width: 100%; border: 1px solid var(--line); border-radius: 8px; background: transparent; color: inherit; margin-bottom: 1rem; }
button { font: inherit; font-weight: 600; padding: .625rem 1.25rem; border: 0; border-radius: 8px; background: var(--accent); color: var(--on); cursor: pointer; }
a { color: var(--accent); } [role=status] { border-left: 3px solid var(--accent); padding-left: .75rem; }
</style></head><body><main><div class="name">${escaped(name)}</div><h1>${escaped(title)}</h1>${told}</main></body></html>`;
}
