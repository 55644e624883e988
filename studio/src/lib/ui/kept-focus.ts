import type { Attachment } from "svelte/attachments";

const reachable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const reachableIn = (place: Element) => [...place.querySelectorAll<HTMLElement>(reachable)];

/** The first thing in a place that somebody can work with by the keys. */
export const firstIn = (place: Element): HTMLElement | undefined =>
  reachableIn(place).find((it) => it.checkVisibility());

/** Where an element stands: what to turn to, in this order, should it be taken away. */
interface Stand {
  readonly element: HTMLElement;
  /** The same control of the row behind it, or of the one before. */
  readonly twins: readonly HTMLElement[];
  /** What lies around it, the nearest first. */
  readonly homes: readonly HTMLElement[];
  /** What follows it, and then what came before it, backwards. */
  readonly others: readonly HTMLElement[];
}

/**
 * Whoever takes away what she stands on comes to the same control of the next row, else to what follows as near as there
 * is something: focus is not lost to the page, and does not come to what would take away something else.
 */
export const keptFocus: Attachment<HTMLElement> = (region) => {
  let stand: Stand | undefined;
  const note = ({ target }: FocusEvent) => {
    const element = target as HTMLElement;
    // A canvas draws itself anew at each step, and knows itself what is chosen.
    stand = element.closest(".svelte-flow") ? undefined : standOf(element, region);
  };

  function mend() {
    if (!stand || stand.element.isConnected || document.activeElement !== document.body) return;
    const next = nextTo(stand);
    stand = undefined;
    next?.focus();
  }

  // Not before the key that was pressed is through: it would press what it comes to as well.
  const observer = new MutationObserver(() => requestAnimationFrame(mend));
  region.addEventListener("focusin", note);
  observer.observe(region, { childList: true, subtree: true });
  return () => {
    region.removeEventListener("focusin", note);
    observer.disconnect();
  };
};

function standOf(element: HTMLElement, region: HTMLElement): Stand {
  const row = element.closest("li, tr, fieldset");
  const place = row ? reachableIn(row).indexOf(element) : -1;
  const rows = [row?.nextElementSibling, row?.previousElementSibling].filter((it) => it?.tagName === row?.tagName);
  const all = reachableIn(region);
  const at = all.indexOf(element);
  return {
    element,
    twins: rows.flatMap((it) => (it && reachableIn(it)[place]) ?? []).filter((it) => it.tagName === element.tagName),
    homes: ancestorsOf(element, region),
    others: [...all.slice(at + 1), ...all.slice(0, Math.max(at, 0)).reverse()],
  };
}

function nextTo({ element, twins, homes, others }: Stand): HTMLElement | undefined {
  const free = (it: HTMLElement) => it.isConnected && it.checkVisibility();
  const twin = twins.find(free);
  if (twin) return twin;
  const safe = others.filter((it) => free(it) && !it.classList.contains("danger"));
  for (const home of homes.filter((it) => it.isConnected)) {
    const near = safe.filter((it) => home.contains(it));
    if (near.length > 0) return near.find((it) => it.tagName === element.tagName) ?? near[0];
  }
  return undefined;
}

/** What an element stands in, the nearest first, up to the region. */
function ancestorsOf(element: HTMLElement, region: HTMLElement): HTMLElement[] {
  const parent = element.parentElement;
  return !parent || element === region ? [] : [parent, ...ancestorsOf(parent, region)];
}
