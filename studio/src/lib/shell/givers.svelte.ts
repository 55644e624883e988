import { actingFor, type Giver } from "#lib/acting.ts";
import { get } from "#lib/api.ts";
import { useLive } from "#lib/live.svelte.ts";

/** Those who let one act for them at this moment, for as long as the component is there; nobody while one does. */
export function useGivers(): { readonly list: readonly Giver[] } {
  let list = $state.raw<readonly Giver[]>([]);
  const look = async () => {
    if (actingFor()) return;
    const { received } = await get<{ received: { by: Giver; now: boolean }[] }>("/api/me/delegations");
    list = received.filter(({ now }) => now).map(({ by }) => by);
  };
  void look();
  useLive(({ type }) => void (type === "notified" && look()));
  return {
    get list() {
      return list;
    },
  };
}
