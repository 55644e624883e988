/** For whom one acts in this tab: it ends with the tab, or when one is oneself again. */
const key = "trellis-acting-for";
/** What is asked in the other's place; all else is one's own. */
const hers = /^\/api\/(model|records|search|tasks|imports|exports|files|live|operations)\b/;

export interface Giver {
  readonly id: string;
  readonly name: string;
}

/** Whom one stands in for, where one does. */
export function actingFor(): Giver | undefined {
  const kept = globalThis.sessionStorage?.getItem(key);
  return kept ? (JSON.parse(kept) as Giver) : undefined;
}

/** The id to send along with what is asked at a path. */
export function askedFor(path: string): string | undefined {
  return hers.test(path) ? actingFor()?.id : undefined;
}

/** The address of a file for the browser to save, which sends nothing along but the address. */
export function fileAddress(path: string): string {
  const giver = actingFor();
  return giver ? `${path}?for=${giver.id}` : path;
}

/** Stands in for somebody, or for nobody any more, and begins anew: everything that is shown was somebody else's. */
export function actFor(giver: Giver | undefined): void {
  if (giver) sessionStorage.setItem(key, JSON.stringify(giver));
  else sessionStorage.removeItem(key);
  location.assign("/");
}
