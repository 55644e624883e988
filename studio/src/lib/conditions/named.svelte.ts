import { SvelteMap } from "svelte/reactivity";

/** Names of records that conditions compare with, by their ids: as far as they have been offered. */
export const named = new SvelteMap<string, string>();
